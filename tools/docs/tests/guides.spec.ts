import { secretStoreContract } from '@worker-auth/testing-fakes';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guideNames as names, guideText, shownOutputs } from './support/guide.ts';
import { workspace } from './workspace.ts';

it('are all in the list of the README, or of the page with the name of their folder', () => {
  const readme = readFileSync(join(workspace, 'README.md'), 'utf8');
  for (const name of names) {
    const folder = dirname(name);
    if (folder === '.') expect(readme).toContain(`(docs/guides/${name}.md)`);
    else expect(guideText(folder)).toContain(`(${name}.md)`);
  }
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

it('write-a-secret-back-end says how many cases the contract has for such a store', () => {
  const name = 'write-a-secret-back-end';
  const hooks = [...guideText(name).matchAll(/\b(can\w+): true/g)].map(([, hook = '']) => hook);
  const announced: object = Object.fromEntries(hooks.map((hook) => [hook, true]));
  const create = () => Promise.reject(new Error('No case is run'));
  const { length } = secretStoreContract({ shape: 'map', canFail: true, ...announced, create });
  expect(shownOutputs(name)[0]).toBe(`pass ${length}\nfail 0\n`);
});
