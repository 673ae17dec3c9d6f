import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './lock.ts';

const prefix = 'go.partial-';

/** How many commands of this process use its caches now. */
let users = 0;
let removal: Promise<void> = Promise.resolve();

/**
 * Runs commands of Go with caches of their own: for modules and for what is compiled. They take gigabytes, are shared by the commands that
 * this process runs at a time, and are removed with the last of them. The user's own caches are not touched.
 *
 * @param root the cache folder
 * @param work is given the environment of the commands
 */
export async function withGoCaches<T>(
  root: string,
  work: (env: Readonly<Record<string, string | undefined>>) => Promise<T>,
): Promise<T> {
  const folder = join(root, `${prefix}${process.pid}`);
  users++;
  try {
    await removal;
    await removeLeftBehind(root);
    return await work({
      ...{ GOCACHE: join(folder, 'build'), GOMODCACHE: join(folder, 'modules'), GOFLAGS: '-modcacherw' },
      // What it keeps of the checksum database.
      GOPATH: folder,
      ...{ GOTOOLCHAIN: 'local', GOWORK: 'off', GOROOT: undefined },
      // The compiler collects its garbage less often: a fifth of its time.
      GOGC: '400',
    });
  } finally {
    if (--users === 0) removal = rm(folder, { recursive: true, force: true });
    await removal;
  }
}

/** The caches of processes that were killed. */
async function removeLeftBehind(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
}
