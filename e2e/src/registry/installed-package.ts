import { npm } from '@worker-auth/servers';
import { codeBlocks } from '@worker-auth/workspace/markdown-blocks';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Registry } from './registry.ts';
import type { PackageName } from './publish-all.ts';

/** A project outside of the workspace, in which nothing was installed but one package, as its README says. */
export interface InstalledPackage extends AsyncDisposable {
  readonly folder: string;
  /** The entries of the package, as they are imported. */
  readonly entries: readonly string[];
  /** Installs more into it. */
  add(packages: readonly string[]): Promise<void>;
}

const workspace = join(import.meta.dirname, '../../..');
const flags = ['--no-audit', '--no-fund'];

/** Makes such a project. */
export async function installPackage(registry: Registry, name: PackageName): Promise<InstalledPackage> {
  await using started = new AsyncDisposableStack();
  const project = started.use(await temporaryFolder());
  await project.write('.npmrc', registry.npmrc);
  await npm(project.path, ['init', '-y', '--init-type=module']);
  for (const command of await installCommands(name)) {
    const [, ...args] = command.split(' ');
    await npm(project.path, [...args, ...flags]);
  }
  const manifest = join(project.path, 'node_modules/@worker-auth', name, 'package.json');
  const { exports } = JSON.parse(await readFile(manifest, 'utf8')) as { exports: object };
  const resources = started.move();
  return {
    folder: project.path,
    entries: Object.keys(exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => `@worker-auth/${name}${entry.slice(1)}`),
    add: async (packages) => {
      if (packages.length > 0) await npm(project.path, ['install', ...packages, ...flags]);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** What a README tells its reader to install, word for word: the block or the text with that command. The package's own comes first. */
export async function installCommands(name: PackageName): Promise<readonly string[]> {
  const page = join(workspace, 'packages', name, 'publish/README.md');
  const text = await readFile(page, 'utf8');
  const inText = /`(npm install [^`\n]+)`/.exec(text)?.[1];
  const inBlocks = codeBlocks(text)
    .map(({ code }) => code.trim())
    .filter((code) => /^npm install [^\n]+$/.test(code));
  const commands = inBlocks.length > 0 ? inBlocks : inText === undefined ? [] : [inText];
  if (commands.length === 0) throw new Error(`The README of ${name} does not say how to install it`);
  return commands;
}
