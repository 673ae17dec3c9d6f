import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { isReplaceableByAll, tokenLeft } from '../src/own-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  path = join(folder, 'token');
  return () => rm(folder, { recursive: true });
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
