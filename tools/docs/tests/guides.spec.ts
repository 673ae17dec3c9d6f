import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guidesFolder, guideText } from './support/guide.ts';
import { workspace } from './workspace.ts';

const names = globSync('*.md', { cwd: guidesFolder })
  .map((file) => file.replace(/\.md$/, ''))
  .sort();

it('are all in the list of the README', () => {
  const readme = readFileSync(join(workspace, 'README.md'), 'utf8');
  for (const name of names) expect(readme).toContain(`(docs/guides/${name}.md)`);
});

describe.each(names)('%s', (name) => {
  const text = guideText(name);

  it('has no program that Node 22 cannot read', () => {
    const code = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block).join('\n');
    expect(code).not.toMatch(/\bawait using\b|^\s*using\s/m);
  });

  it('names specs that are there', () => {
    const specs = [...text.matchAll(/`([\w./-]+\.spec\.ts)`/g)].map(([, path = '']) => path);
    expect(specs.filter((path) => !existsSync(join(workspace, path)))).toEqual([]);
  });
});
