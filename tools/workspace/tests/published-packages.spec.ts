import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { Manifest } from '../published-manifest.ts';
import { addressOf, repositoryFields } from '../repository.ts';

const workspace = join(import.meta.dirname, '../../..');
const directories = globSync('packages/*/package.json', { cwd: workspace }).map(dirname);
const read = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(workspace, directory, 'package.json'), 'utf8')) as Manifest;
const addresses = new Set(directories.map((directory) => addressOf(read(directory))));

it('are six, all of one repository', () => {
  expect(directories).toHaveLength(6);
  expect(addresses.size).toBe(1);
});

it('are all that is not private', () => {
  const manifests = globSync('{.,packages/*,tools/*,e2e,examples/*,e2e/hello-world}/package.json', {
    cwd: workspace,
  });
  const open = manifests.map(dirname).filter((directory) => read(directory)['private'] !== true);
  expect(open.sort()).toEqual(directories.toSorted());
});

it.each(directories)('%s says what npm and its provenance ask for', (directory) => {
  const manifest = read(directory);
  const [address = ''] = addresses;
  expect(manifest).toMatchObject({ ...repositoryFields(address, directory), license: 'Apache-2.0' });
  expect(manifest['author']).toEqual(expect.any(String));
  expect((manifest['keywords'] as readonly string[]).length).toBeGreaterThan(4);
});

it('are staged and checked anew whenever a page of theirs has changed, or what was built', () => {
  type Input = string | Readonly<Record<string, string>>;
  const nx = JSON.parse(readFileSync(join(workspace, 'nx.json'), 'utf8')) as {
    readonly namedInputs: Readonly<Record<string, readonly Input[]>>;
    readonly targetDefaults: Readonly<Record<string, { readonly inputs?: readonly Input[] }>>;
  };
  // What is left out by any of its inputs is left out by all.
  const flat = (inputs: readonly Input[]): readonly Input[] =>
    inputs.flatMap((input) => {
      const named = typeof input === 'string' ? nx.namedInputs[input] : undefined;
      return named === undefined ? [input] : flat(named);
    });
  for (const target of ['stage', 'package-check']) {
    const inputs = flat(nx.targetDefaults[target]?.inputs ?? []);
    expect(inputs).toContain('{projectRoot}/**/*');
    expect(inputs.filter((input) => typeof input === 'string' && input.startsWith('!'))).toEqual([]);
    expect(inputs).toContainEqual({ dependentTasksOutputFiles: '**/*' });
  }
});
