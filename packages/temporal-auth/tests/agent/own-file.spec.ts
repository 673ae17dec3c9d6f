import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { isReplaceableByAll, lockFile, tokenLeft } from '../../src/agent/own-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  path = join(folder, 'token');
  return () => rm(folder, { recursive: true });
});

it('a file has one owner at a time', async () => {
  const first = await lockFile(path);
  await expect(lockFile(path)).rejects.toThrow(`Another agent keeps ${path}: end it, or name another file`);
  await first();
  expect(await readdir(folder)).toEqual([]);
  const second = await lockFile(path);
  await expect(lockFile(path)).rejects.toThrow('Another agent');
  await second();
});

it('a folder that does not exist is no reason to end', async () => {
  const unlock = await lockFile(join(folder, 'away', 'token'));
  expect(await unlock()).toBeUndefined();
});

it.each([
  [0o700, false],
  [0o777, true],
  [0o1777, false],
])('tells a folder of mode %o', async (mode, expected) => {
  await chmod(folder, mode);
  expect(await isReplaceableByAll(path)).toBe(expected);
});

it('a token is good until its end, by itself or by its details', async () => {
  const details = `${path}.json`;
  expect(await tokenLeft(path, details)).toBeUndefined();
  await using oauth = await MockOAuthServer.start({ lifetimeSeconds: 100 });
  const token = oauth.mintToken();
  await writeFile(path, `${token}\n`);
  expect(await tokenLeft(path, undefined)).toEqual({
    token,
    leftMs: expect.closeTo(99_000, -4) as number,
  });
  await writeFile(path, oauth.mintToken({ lifetimeSeconds: -1 }));
  expect(await tokenLeft(path, undefined)).toBeUndefined();
  await writeFile(path, 'opaque');
  await writeFile(details, JSON.stringify({ expiresAt: new Date(Date.now() + 60_000) }));
  expect(await tokenLeft(path, undefined)).toBeUndefined();
  expect(await tokenLeft(path, details)).toMatchObject({ token: 'opaque' });
  await writeFile(details, JSON.stringify({ expiresAt: new Date(Date.now() - 1) }));
  expect(await tokenLeft(path, details)).toBeUndefined();
  await writeFile(path, 'two\nlines');
  expect(await tokenLeft(path, details)).toBeUndefined();
});
