import { npm } from '@worker-auth/servers';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { Registry } from './registry.ts';
import { installCommands, type Subject } from './subjects.ts';

/** A project outside of the workspace, in which nothing was installed but one package, as its README says. */
export interface InstalledSubject extends AsyncDisposable {
  readonly folder: string;
  /** The entries of the package, as they are imported. */
  readonly entries: readonly string[];
  /** Installs more into it. */
  add(packages: readonly string[]): Promise<void>;
}

const flags = ['--no-audit', '--no-fund'];

/** Makes such a project. */
export async function installSubject(registry: Registry, { name }: Subject): Promise<InstalledSubject> {
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
