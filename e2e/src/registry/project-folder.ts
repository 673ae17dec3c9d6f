import { npm } from '@worker-auth/servers';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { packageNames } from './publish-all.ts';
import type { Registry } from './registry.ts';

const workspace = join(import.meta.dirname, '../../..');

/** A project in a folder outside of the workspace, in which npm has installed what its package.json asks for. */
export interface InstalledProject extends AsyncDisposable {
  readonly path: string;
}

/** @param project its folder, from the top of the repository */
export async function installedProject(registry: Registry, project: string): Promise<InstalledProject> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  const { path } = folder;
  await cp(join(workspace, project), path, { recursive: true });
  await folder.write('.npmrc', registry.npmrc);
  await folder.write('package.json', await currentManifest(project));
  await npm(path, ['install', '--no-audit', '--no-fund']);
  const owned = started.move();
  return { path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Its package.json with the versions of ours that there are now: after a release, those that it was written with are not in the registry. */
export async function currentManifest(project: string): Promise<string> {
  let text = await readFile(join(workspace, project, 'package.json'), 'utf8');
  for (const name of packageNames) {
    const manifest = await readFile(join(workspace, 'packages', name, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    text = text.replace(new RegExp(`("@worker-auth/${name}": )"[^"]+"`), `$1"^${version}"`);
  }
  return text;
}
