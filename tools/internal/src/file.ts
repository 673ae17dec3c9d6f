import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { abortable, handled } from './abortable.ts';
import { throwIfAborted } from './options.ts';

/**
 * So many reads of one process may be under way. A mount that hangs keeps a thread of Node's pool for each, and the pool of four serves every
 * file and every DNS lookup of the process.
 */
const maxReads = 2;

/** Without blocking, or opening a pipe would wait for who writes into it. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/** Most files are shorter. */
const chunkBytes = 16_384;

/** Shared by every copy of this module in the process, since the pool is. */
interface Reads {
  running: number;
  readonly waiting: (() => void)[];
}

const readsKey: unique symbol = Symbol.for('@worker-auth/file-reads');

/** A read that is under way, and the one after it, for those who ask meanwhile. */
interface PathReads {
  readonly running: Promise<string>;
  next?: Promise<string>;
}

/** The reads of this copy, by path: a file that hangs is asked for once, and nobody gets what was read before he asked. */
const byPath = new Map<string, PathReads>();

/** Settings of {@link readBoundedFile}. */
export interface FileReadOptions {
  /** A file that is longer is an error (`EFBIG`). */
  readonly maxBytes: number;
  /** Ends the wait. A read that hangs goes on, and the next one of the same file begins after it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The text of a regular file, UTF-8. Never waits for who writes into a pipe, and reads no more than `maxBytes`.
 *
 * @throws Error with the `code` of the system, `EISDIR` for a folder, `ENOTFILE` for a pipe, a socket or a device, `EFBIG` for a file that is
 * too long; the signal's reason
 */
export async function readBoundedFile(path: string, { maxBytes, signal }: FileReadOptions): Promise<string> {
  throwIfAborted(signal);
  const key = `${maxBytes} ${path}`;
  const begin = (): Promise<string> => {
    const running = inTurn(() => readText(path, maxBytes)).finally(() => {
      if (byPath.get(key)?.running === running) byPath.delete(key);
    });
    byPath.set(key, { running });
    return running;
  };
  const reads = byPath.get(key);
  const reading = reads === undefined ? begin() : (reads.next ??= reads.running.then(begin, begin));
  return abortable(handled(reading), signal);
}

/**
 * The same at once, for what a program reads while it is configured. A mount that hangs blocks the process.
 *
 * @throws Error as {@link readBoundedFile}
 */
export function readBoundedFileNow(path: string, { maxBytes }: Pick<FileReadOptions, 'maxBytes'>): string {
  const file = openSync(path, openFlags);
  try {
    checkRegular(fstatSync(file));
    const chunks: Uint8Array[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.alloc(chunkBytes);
      const bytesRead = readSync(file, chunk);
      if (bytesRead === 0) return Buffer.concat(chunks).toString();
      size += bytesRead;
      if (size > maxBytes) throw fileError('EFBIG');
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    closeSync(file);
  }
}

async function inTurn<T>(read: () => Promise<T>): Promise<T> {
  const shared = globalThis as typeof globalThis & { [readsKey]?: Reads | undefined };
  const reads = (shared[readsKey] ??= { running: 0, waiting: [] });
  if (reads.running >= maxReads) await new Promise<void>((resolve) => reads.waiting.push(resolve));
  else reads.running++;
  try {
    return await read();
  } finally {
    const next = reads.waiting.shift();
    if (next === undefined) reads.running--;
    else next();
  }
}

async function readText(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, openFlags);
  try {
    checkRegular(await file.stat());
    return await readUpTo(file, maxBytes);
  } finally {
    await file.close();
  }
}

function checkRegular(found: Stats): void {
  if (found.isDirectory()) throw fileError('EISDIR');
  if (!found.isFile()) throw fileError('ENOTFILE');
}

async function readUpTo(file: FileHandle, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes));
    if (bytesRead === 0) return Buffer.concat(chunks).toString();
    size += bytesRead;
    if (size > maxBytes) throw fileError('EFBIG');
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function fileError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
