import { FakeClock } from '@worker-auth/testing-fakes';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type * as FileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { tokenSink } from '../../src/files/token-sink.ts';

type Step = 'open' | 'writeFile' | 'sync' | 'rename';

/** With which code of the system a step fails. */
const failing = vi.hoisted(() => new Map<string, string>());
/** The files that were opened. */
const opened = vi.hoisted(() => new Array<FileSystem.FileHandle>());

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  const fail = (step: Step): void => {
    const code = failing.get(step);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      fail('open');
      const file = await real.open(...args);
      opened.push(file);
      for (const step of ['writeFile', 'sync'] as const) {
        const work = file[step].bind(file) as (...given: unknown[]) => Promise<void>;
        file[step] = (async (...given: unknown[]) => {
          fail(step);
          await work(...given);
        }) as never;
      }
      return file;
    },
    rename: async (from: string, to: string) => {
      fail('rename');
      await real.rename(from, to);
    },
  };
});

const full = 'its file system is full: make room';

it.each<readonly [step: Step, code: string, advice: string]>([
  ['writeFile', 'ENOSPC', full],
  ['sync', 'ENOSPC', full],
  ['writeFile', 'EDQUOT', "the user's quota is used up: make room"],
  ['open', 'EROFS', 'its file system is read-only: take another folder'],
  ['open', 'EACCES', 'this user may not write there: change the permissions of the folder'],
  ['open', 'EPERM', 'its folder must not be changed'],
  ['rename', 'EPERM', 'the file there is of another user'],
  ['rename', 'EBUSY', 'it is a mount of its own'],
  ['writeFile', 'EIO', '(EIO): the disk does not work.'],
  ['writeFile', 'EUNKNOWN', '(EUNKNOWN). It is tried again every second.'],
])('a %s that fails with %s leaves the old file, and is repeated each second', async (step, code, advice) => {
  const folder = await mkdtemp(join(tmpdir(), 'token-sink-'));
  const [path, clock] = [join(folder, 'token'), new FakeClock()];
  const changes: unknown[] = [];
  let token = 'token-1';
  const listeners = new Set<(token: string) => void>();
  const subscribe = (listener: (token: string) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const sink = tokenSink(
    { peek: () => token, subscribe },
    { path, clock, onErrorChange: (error) => changes.push(error?.code) },
  );
  onTestFinished(async () => {
    failing.clear();
    opened.length = 0;
    await sink.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await sink.written();
  failing.set(step, code);
  token = 'token-2';
  for (const listener of listeners) listener(token);
  await expect.poll(() => sink.error?.message).toContain(`cannot be written to ${path} (${code})`);
  expect(sink.error).toMatchObject({
    ...{ code: TokenManagerErrorCode.fileUnwritable, retryable: true },
    message: expect.stringContaining(advice) as string,
  });
  expect(await readFile(path, 'utf8')).toBe('token-1');
  expect(await readdir(folder)).toEqual(['token']);
  await expect.poll(() => clock.pendingTimers).toBe(1);
  failing.clear();
  await clock.advance(1_000);
  await expect.poll(() => readFile(path, 'utf8')).toBe('token-2');
  await expect.poll(() => sink.error).toBeUndefined();
  expect(changes).toEqual([TokenManagerErrorCode.fileUnwritable, undefined]);
  await sink.stop();
  // Each file that was opened is closed.
  expect(new Set(opened.map(({ fd }) => fd))).toEqual(new Set([-1]));
  expect(listeners.size).toBe(0);
});
