import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What goes into the cache. */
export interface CacheEntry {
  /** The entry's folder, with everything that the content depends on in its name: `openbao-2.7.2-linux-x64`. */
  readonly name: string;
  /** A path inside the entry without which it counts as missing. */
  readonly proof: string;
}

/**
 * The folder that keeps what was fetched and built, outside the clone.
 *
 * `WORKER_AUTH_CACHE`, else `worker-auth` in the user's cache folder (`XDG_CACHE_HOME` or `~/.cache`; on macOS
 * `~/Library/Caches`).
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['WORKER_AUTH_CACHE'];
  if (chosen) return chosen;
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg) return join(xdg, 'worker-auth');
  const home =
    process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  return join(home, 'worker-auth');
}

/** @returns the entry's folder when it is in the cache; nothing is fetched */
export async function findCached(entry: CacheEntry, root = cacheFolder()): Promise<string | undefined> {
  const folder = join(root, entry.name);
  return (await exists(join(folder, entry.proof))) ? folder : undefined;
}

/** What this process makes now. */
const making = new Map<string, Promise<string>>();

/**
 * The entry's folder, made first when it is not in the cache. The content is produced in a folder beside it and renamed
 * into place when it is whole, so a process that is killed leaves nothing half-written behind. Of two processes that make it at the same time,
 * the first one's is kept.
 *
 * @param produce fills the empty folder that it is given
 */
export function cached(
  entry: CacheEntry,
  produce: (folder: string) => Promise<void>,
  root = cacheFolder(),
): Promise<string> {
  const target = join(root, entry.name);
  const folder = making.get(target) ?? publish(entry, produce, root).finally(() => making.delete(target));
  making.set(target, folder);
  return folder;
}

async function publish(
  entry: CacheEntry,
  produce: (folder: string) => Promise<void>,
  root: string,
): Promise<string> {
  const there = await findCached(entry, root);
  if (there !== undefined) return there;
  await mkdir(root, { recursive: true });
  const partial = `${entry.name}.partial-`;
  for (const left of await readdir(root)) {
    const isOfDead = left.startsWith(partial) && !isAlive(Number.parseInt(left.slice(partial.length), 10));
    if (isOfDead) await rm(join(root, left), { recursive: true, force: true });
  }
  const target = join(root, entry.name);
  const folder = await mkdtemp(join(root, `${partial}${process.pid}-`));
  try {
    await produce(folder);
    if (!(await exists(join(folder, entry.proof)))) {
      throw new Error(`${entry.name} was made without ${entry.proof}`);
    }
    if (await exists(join(target, entry.proof))) return target;
    await rm(target, { recursive: true, force: true });
    await rename(folder, target).catch(async (error: unknown) => {
      if (!(await exists(join(target, entry.proof)))) throw error;
    });
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
