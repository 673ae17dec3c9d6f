import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const beatMs = 5000;
const silentMs = 60_000;

/** Settings of a lock; the defaults are right outside tests. */
export interface LockOptions {
  /** Between two looks at a lock that somebody else holds. Default 200 ms. */
  readonly pollMs?: number;
  /** Called once when the lock is somebody else's, with the process that holds it. */
  readonly onWait?: (holder: string) => void;
}

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Does the work while holding a lock file, so that two processes do not do it twice. A lock whose process is dead, or has
 * given no sign for a minute, is taken over. It saves work and nothing else: whoever relies on it for more than that
 * has to bear two holders.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const me: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  let told = false;
  while (!(await acquire(file, me))) {
    const holder = await readHolder(file);
    if (await isStale(file, holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) options.onWait?.(`process ${holder?.pid ?? 'unknown'}`);
    told = true;
    await sleep(options.pollMs ?? 200);
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await readHolder(file))?.id === me.id) await rm(file, { force: true });
  }
}

async function acquire(file: string, me: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(me), { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** `undefined` also while the other process is between creating the file and writing it. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

async function isStale(file: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === hostname() && !isAlive(holder.pid)) return true;
  try {
    return Date.now() - (await stat(file)).mtimeMs > silentMs;
  } catch {
    return false;
  }
}

/** @returns whether a process of that id exists on this machine */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
