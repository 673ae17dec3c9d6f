import { npm } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { type RunnableProject, runnable, sources, workspace } from './project-folder.ts';

/** What a project with temporal-auth has of ours. */
const ours = ['refresh-scheduler', 'secret-store', 'token-manager', 'temporal-auth'] as const;

/**
 * A copy of a project of `consumers`, outside of the workspace. Of ours it has what a registry would get; what is not ours is linked from the
 * workspace, which takes seconds less than an installation.
 */
export async function packedProject(project: string): Promise<RunnableProject & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const { path } = started.use(await temporaryFolder());
  await cp(join(sources, project), path, { recursive: true });
  const modules = join(path, 'node_modules');
  const own = join(modules, '@worker-auth');
  await mkdir(own, { recursive: true });
  await unpack(own);
  const wanted = new Set<string>();
  for (const manifest of [
    join(path, 'package.json'),
    ...ours.map((name) => join(own, name, 'package.json')),
  ]) {
    const {
      dependencies = {},
      peerDependencies = {},
      devDependencies = {},
    } = JSON.parse(await readFile(manifest, 'utf8')) as Readonly<
      Record<string, Readonly<Record<string, string>> | undefined>
    >;
    for (const name of Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies }))
      wanted.add(name);
  }
  for (const name of wanted) {
    if (name.startsWith('@worker-auth/')) continue;
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(workspace, 'node_modules', name), join(modules, name));
  }
  await symlink(join(workspace, 'node_modules/.bin'), join(modules, '.bin'));
  const owned = started.move();
  return { ...runnable(path), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Packs what is staged, and unpacks it as npm does. */
async function unpack(modules: string): Promise<void> {
  await using folder = await temporaryFolder();
  await npm(folder.path, ['pack', ...ours.map((name) => join(workspace, 'packages', name, 'publish'))]);
  const tarballs = await readdir(folder.path);
  for (const name of ours) {
    const tarball = tarballs.find((file) => file.startsWith(`worker-auth-${name}-`)) ?? name;
    const target = join(modules, name);
    await mkdir(target);
    await promisify(execFile)('tar', [
      '-xzf',
      join(folder.path, tarball),
      '-C',
      target,
      '--strip-components=1',
    ]);
  }
}
