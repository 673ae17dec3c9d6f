import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Manifest } from '../published-manifest.ts';
import { addressOf, repositoryFields } from '../repository.ts';
import { stagePackage } from '../stage-package.ts';

const workspace = join(import.meta.dirname, '../../..');
const directories = globSync('packages/*/package.json', { cwd: workspace }).map(dirname);
const read = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(workspace, directory, 'package.json'), 'utf8')) as Manifest;
const addresses = new Set(directories.map((directory) => addressOf(read(directory))));

it('are five, all of one repository', () => {
  expect(directories).toHaveLength(5);
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

describe('repositoryFields', () => {
  it.each(['', 'github.com/owner/name', 'https://github.com/owner', 'https://github.com/owner/name.git'])(
    'rejects %j',
    (address) => {
      expect(() => repositoryFields(address, 'packages/example')).toThrow(TypeError);
    },
  );
});

describe('stagePackage', () => {
  function packageFolder(): { workspace: string; folder: string } {
    const root = mkdtempSync(join(tmpdir(), 'stage '));
    onTestFinished(() => {
      rmSync(root, { recursive: true });
    });
    const folder = join(root, 'packages/example');
    mkdirSync(join(folder, 'dist/cli'), { recursive: true });
    const write = (file: string, text: string): void => {
      writeFileSync(join(folder, file), text);
    };
    const manifest = {
      ...{ name: 'example', files: ['dist', 'CHANGELOG.md'], nx: {} },
      ...repositoryFields('https://github.com/owner/name', 'packages/example'),
    };
    write('package.json', JSON.stringify(manifest));
    write('README.md', '[changes](CHANGELOG.md), [sources](src/index.ts)');
    write('LICENSE', 'as you like');
    write('CHANGELOG.md', '# Changes');
    write('dist/index.js', 'export {};');
    write('dist/cli/run.js', '');
    return { workspace: root, folder };
  }

  it('puts together what is packed, and nothing of an earlier time', async () => {
    const { workspace: root, folder } = packageFolder();
    mkdirSync(join(folder, 'publish'));
    writeFileSync(join(folder, 'publish/old.js'), '');
    const staged = await stagePackage(folder, root);
    expect(staged).toBe(join(folder, 'publish'));
    expect(globSync('**/*.*', { cwd: staged }).sort()).toEqual([
      ...['CHANGELOG.md', 'README.md', 'dist/cli/run.js', 'dist/index.js', 'package.json'],
    ]);
    expect(readFileSync(join(staged, 'LICENSE'), 'utf8')).toBe('as you like');
    expect(readFileSync(join(staged, 'README.md'), 'utf8')).toBe(
      '[changes](CHANGELOG.md), [sources](https://github.com/owner/name/blob/main/packages/example/src/index.ts)',
    );
    expect(JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'))).not.toHaveProperty('nx');
  });

  it('fails where something is missing that is to be packed', async () => {
    const { workspace: root, folder } = packageFolder();
    rmSync(join(folder, 'dist'), { recursive: true });
    await expect(stagePackage(folder, root)).rejects.toThrow('dist');
  });
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
