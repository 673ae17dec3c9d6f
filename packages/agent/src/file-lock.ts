/** One owner of a file, by the socket that it holds open: that ends with the process, however that ends. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { link, lstat, rename, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { callSafely } from '@worker-auth/internal';
import { listen } from './token-server.ts';

interface Held {
  readonly inode: bigint;
  release(): Promise<void>;
}

/** Another has the lock, or something else is in its place. */
class LockError extends Error {
  override readonly name = 'LockError';
}

export class FileLock {
  readonly #path: string;
  readonly #name: string;
  readonly #report: (error: Error | undefined) => void;
  #held: Held | undefined;
  /** Why there is no lock where none can be made, as in a folder that does not exist. */
  #code: string | undefined;
  #isTaking = false;

  /**
   * @param report called when the lock was lost to another, with the error, and with `undefined` when it is had again
   * @throws where another agent holds it, or something else is in its place
   */
  static async take(path: string, report: (error: Error | undefined) => void): Promise<FileLock> {
    const lock = new FileLock(path, report);
    await lock.#take();
    return lock;
  }

  private constructor(path: string, report: (error: Error | undefined) => void) {
    this.#path = path;
    this.#name = `${path}.lock`;
    this.#report = report;
  }

  /** Whether the file may be written now. A lock that somebody removed is taken again meanwhile. */
  isOwn(): boolean {
    if (this.#held !== undefined && inodeNow(this.#name) === this.#held.inode) return true;
    const isFree = this.#held === undefined && this.#code !== undefined && !this.#isTaking;
    void this.#takeAgain();
    return isFree && (this.#code !== 'ENOENT' || !existsSync(dirname(this.#path)));
  }

  async release(): Promise<void> {
    await this.#held?.release();
    this.#held = undefined;
  }

  async #takeAgain(): Promise<void> {
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      await this.release();
      await this.#take();
      this.#report(undefined);
    } catch (error) {
      this.#report(error as Error);
    } finally {
      this.#isTaking = false;
    }
  }

  async #take(): Promise<void> {
    this.#code = undefined;
    this.#held = await hold(this.#name).catch((error: unknown) => {
      if (error instanceof LockError)
        throw new Error(error.message || `Another agent keeps ${this.#path}: end it, or name another file`, {
          cause: error,
        });
      // A folder that cannot be written is told of the token itself, again and again.
      this.#code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
      return undefined;
    });
  }
}

function inodeNow(name: string): bigint | undefined {
  return callSafely(() => lstatSync(name, { bigint: true }).ino, undefined);
}

/** Listens before it gets the name: a process that finds the name finds an owner that answers. */
async function hold(name: string): Promise<Held> {
  const server = createServer((socket) => socket.destroy());
  // Short: the path of a socket has about 100 bytes at most.
  const place = join(dirname(name), `.${randomBytes(4).toString('base64url')}`);
  await listen(server, { socket: place }, undefined);
  server.unref();
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  try {
    const { ino: inode } = await lstat(place, { bigint: true });
    await claim(place, name);
    await rm(place, { force: true });
    const release = async (): Promise<void> => {
      if (inodeNow(name) === inode) await rm(name, { force: true });
      await close();
    };
    return { inode, release };
  } catch (error) {
    await close();
    throw error;
  }
}

async function claim(place: string, name: string): Promise<void> {
  for (;;) {
    const code = await link(place, name).then(
      () => undefined,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return 'EEXIST';
      },
    );
    if (code === undefined) return;
    const found = await lstat(name, { bigint: true }).catch(() => undefined);
    if (found === undefined) continue;
    if (!found.isSocket())
      throw new LockError(`${name} is no lock of an agent: remove it, or name another file`);
    if (await isAnswered(name)) throw new LockError();
    // Of those who found it dead, one may replace it.
    const right = await hold(join(dirname(name), `.${found.ino.toString(36)}`));
    try {
      if (inodeNow(name) === found.ino && !(await isAnswered(name))) {
        await rename(place, name);
        return;
      }
    } finally {
      await right.release();
    }
  }
}

/** Whether somebody may listen there. Without permission to ask, somebody may. */
async function isAnswered(name: string): Promise<boolean> {
  const attempt = connect(name);
  const code = await once(attempt, 'connect').catch(
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  attempt.destroy();
  return code !== 'ECONNREFUSED' && code !== 'ENOENT';
}
