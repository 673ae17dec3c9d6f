import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const workspace = join(import.meta.dirname, '../../..');
const directories = globSync('packages/*/README.md', { cwd: workspace }).map(dirname);
const scope = '@worker-auth/';

/** The npm packages that a program imports. */
function imported(program: string): readonly string[] {
  return [...program.matchAll(/from '((?:@[^/']+\/)?[^/'.][^/']*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:'));
}

it('are there for each package', () => {
  const packages = globSync('packages/*/package.json', { cwd: workspace }).map(dirname);
  expect(directories.toSorted()).toEqual(packages.toSorted());
});

describe.each(directories)('the README of %s', (directory) => {
  const readme = readFileSync(join(workspace, directory, 'README.md'), 'utf8');
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const [, installed = ''] = /npm install ([^\n`]+)/.exec(readme) ?? [];

  it('names in its first installation all that its first example imports', () => {
    const names = installed.split(' ');
    const name = `${scope}${directory.split('/')[1] ?? ''}`;
    expect(imported(example)).toContain(name);
    for (const one of imported(example)) expect(names).toContain(one);
  });

  it('has a first example that every supported Node can read', () => {
    // Node 22 takes `using` for a syntax error.
    expect(example).not.toMatch(/\busing\b/);
  });
});
