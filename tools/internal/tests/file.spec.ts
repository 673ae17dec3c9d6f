import { execFile } from 'node:child_process';
import * as files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readBoundedFile, readBoundedFileNow } from '../src/file.ts';

vi.mock(import('node:fs/promises'), async (original) => ({ ...(await original()) }));

let folder: string;

beforeEach(async () => {
  folder = await files.mkdtemp(join(tmpdir(), 'file-'));
  onTestFinished(() => files.rm(folder, { recursive: true }));
});

async function written(content: string | Uint8Array, name = 'file'): Promise<string> {
  const path = join(folder, name);
  await files.writeFile(path, content);
  return path;
}

const read = (path: string): Promise<string> => readBoundedFile(path, { maxBytes: 40_000 });

describe.each([
  ['', read],
  // So that what it throws rejects.
  [
    ', read at once,',
    async (path: string) => Promise.resolve(readBoundedFileNow(path, { maxBytes: 40_000 })),
  ],
])('a file%s', (_how, read) => {
  it.each(['', 'a', 'ä\n', 'x'.repeat(40_000)])('is read as it is: %#', async (content) => {
    expect(await read(await written(content))).toBe(content);
  });

  it('is read anew each time', async () => {
    const path = await written('first');
    expect(await read(path)).toBe('first');
    await written('second');
    expect(await read(path)).toBe('second');
  });

  it('that is a byte too long is an error', async () => {
    await expect(read(await written('x'.repeat(40_001)))).rejects.toMatchObject({ code: 'EFBIG' });
  });

  it.each([
    ['is not there', 'ENOENT', () => join(folder, 'none')],
    ['is a folder', 'EISDIR', () => folder],
    ['is a device that never ends', 'ENOTFILE', () => '/dev/zero'],
  ])('that %s is an error', async (_what, code, pathOf) => {
    await expect(read(pathOf())).rejects.toMatchObject({ code });
  });

  it('that is a pipe is an error, and nobody waits for who writes into it', async () => {
    const path = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    await expect(read(path)).rejects.toMatchObject({ code: 'ENOTFILE' });
    // Somebody who has it open and writes nothing.
    const writer = await files.open(path, 'r+');
    onTestFinished(() => writer.close());
    await expect(read(path)).rejects.toMatchObject({ code: 'ENOTFILE' });
  });
});

it('gives nobody what was read before he asked', async () => {
  const path = await written('before');
  const [old, replaced] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const { open } = files;
  const opening = vi.spyOn(files, 'open').mockImplementationOnce(async (...args) => {
    const file = await open(...args);
    old.resolve(undefined);
    await replaced.promise;
    return file;
  });
  const first = read(path);
  await old.promise;
  // In the place of the file, which is open still.
  await files.rename(await written('after', 'next'), path);
  const later = [read(path), read(path)];
  replaced.resolve(undefined);
  expect(await Promise.all([first, ...later])).toEqual(['before', 'after', 'after']);
  expect(opening).toHaveBeenCalledTimes(2);
});

describe('a file on a mount that hangs', () => {
  /** Every file whose name begins with `hung` hangs until the test ends. */
  function hang(): { readonly opened: string[] } {
    const opened: string[] = [];
    const release = Promise.withResolvers<undefined>();
    const { open } = files;
    vi.spyOn(files, 'open').mockImplementation(async (path, flags) => {
      opened.push(String(path));
      if (String(path).includes('hung')) await release.promise;
      return open(path, flags);
    });
    onTestFinished(() => {
      release.resolve(undefined);
    });
    return { opened };
  }

  const leaving = (path: string): Promise<unknown> => {
    const reading = readBoundedFile(path, { maxBytes: 1_000, signal: AbortSignal.abort(new Error('left')) });
    return reading.catch((error: unknown) => error);
  };

  it('is left when the signal aborts, and asked for once, however often it is read', async () => {
    const { opened } = hang();
    const path = await written('x', 'hung');
    const controller = new AbortController();
    const readings = [1, 2, 3].map(() =>
      readBoundedFile(path, { maxBytes: 1_000, signal: controller.signal }),
    );
    controller.abort(new Error('left'));
    await Promise.all(readings.map((reading) => expect(reading).rejects.toThrow('left')));
    expect(opened).toEqual([path]);
  });

  it('takes no more than two threads, and leaves the others to who needs them', async () => {
    const { opened } = hang();
    const paths = ['hung-1', 'hung-2', 'hung-3'].map((name) => join(folder, name));
    for (const path of paths) void readBoundedFile(path, { maxBytes: 1_000 }).catch(() => undefined);
    await vi.waitFor(() => {
      expect(opened).toHaveLength(2);
    });
    expect(opened).toEqual(paths.slice(0, 2));
  });

  it('is not begun to be read by who has left', async () => {
    const { opened } = hang();
    await leaving(await written('x', 'hung'));
    expect(opened).toEqual([]);
  });
});

describe('a file whose turn it is after another', () => {
  it('is read when that is there', async () => {
    const paths = await Promise.all(['1', '2', '3', '4', '5'].map((name) => written(name, name)));
    expect(await Promise.all(paths.map(read))).toEqual(['1', '2', '3', '4', '5']);
  });
});
