import { once } from 'node:events';
import { link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { FileLock } from '../src/file-lock.ts';

let folder: string;
let path: string;
const report = vi.fn<(error: Error | undefined) => void>();

beforeEach(async () => {
  report.mockReset();
  folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  path = join(folder, 'token');
  return () => rm(folder, { recursive: true, force: true });
});

/** What an agent that was killed leaves. */
async function leaveLock(name: string): Promise<void> {
  const socket = join(folder, 'left');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  await link(socket, name);
  server.close();
  await once(server, 'close');
}

it('a file has one owner at a time', async () => {
  const first = await FileLock.take(path, report);
  await expect(FileLock.take(path, report)).rejects.toThrow(
    `Another agent keeps ${path}: end it, or name another file`,
  );
  expect(first.isOwn()).toBe(true);
  expect(await readdir(folder)).toEqual(['token.lock']);
  await first.release();
  expect(await readdir(folder)).toEqual([]);
  const second = await FileLock.take(path, report);
  await expect(FileLock.take(path, report)).rejects.toThrow('Another agent');
  await second.release();
});

it('of many at once over what a killed agent left, one is its owner, fifty times', async () => {
  const owners: number[] = [];
  for (let round = 0; round < 50; round++) {
    await leaveLock(`${path}.lock`);
    const takers = Array.from({ length: 8 }, () => FileLock.take(path, report));
    const taken = (await Promise.allSettled(takers)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
    owners.push(taken.filter((lock) => lock.isOwn()).length, taken.length);
    for (const lock of taken) await lock.release();
    expect(await readdir(folder)).toEqual([]);
  }
  expect(owners).toEqual(Array(100).fill(1));
});

it('whose folder was removed and made again is lost to another, and had again after it', async () => {
  const first = await FileLock.take(path, report);
  await rm(folder, { recursive: true });
  await mkdir(folder);
  const second = await FileLock.take(path, report);
  expect([first.isOwn(), second.isOwn()]).toEqual([false, true]);
  await expect.poll(() => report.mock.lastCall?.[0]?.message).toContain(`Another agent keeps ${path}`);
  await second.release();
  await expect.poll(() => first.isOwn()).toBe(true);
  await first.release();
});

it('a regular file in its place is named', async () => {
  await writeFile(`${path}.lock`, '');
  await expect(FileLock.take(path, report)).rejects.toThrow(
    `${path}.lock is no lock of an agent: remove it, or name another file`,
  );
});

it('a folder that does not exist is no reason to end, and has one owner once it is made', async () => {
  const lock = await FileLock.take(join(folder, 'away', 'token'), report);
  expect(lock.isOwn()).toBe(true);
  await mkdir(join(folder, 'away'));
  await expect.poll(() => lock.isOwn()).toBe(true);
  await expect(FileLock.take(join(folder, 'away', 'token'), report)).rejects.toThrow('Another agent');
  await lock.release();
});
