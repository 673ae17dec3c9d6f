import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withGoCaches } from '../src/go-caches.ts';
import { runFixture, temporaryFolder } from './support.ts';

/** What Go leaves in its caches. */
async function compile({ GOCACHE = '' }: Readonly<Record<string, string | undefined>>): Promise<string> {
  await mkdir(GOCACHE, { recursive: true });
  await writeFile(join(GOCACHE, 'package.a'), '');
  return GOCACHE;
}

it('the caches of Go are below the cache folder, and removed after the command', async () => {
  const root = await temporaryFolder();
  const env = await withGoCaches(root, async (given) => {
    await compile(given);
    return given;
  });
  expect([env['GOCACHE'], env['GOMODCACHE']].map((path) => path?.startsWith(root))).toEqual([true, true]);
  expect(await readdir(root)).toEqual([]);
});

it('the caches of Go are removed after a command that fails', async () => {
  const root = await temporaryFolder();
  const failing = withGoCaches(root, async (env) => {
    await compile(env);
    throw new Error('no such module');
  });
  await expect(failing).rejects.toThrow('no such module');
  expect(await readdir(root)).toEqual([]);
});

it('two commands at a time share the caches of Go, until the last has ended', async () => {
  const root = await temporaryFolder();
  const first = Promise.withResolvers<undefined>();
  const longer = withGoCaches(root, async (env) => {
    await first.promise;
    return await compile(env);
  });
  const folder = await withGoCaches(root, compile);
  expect((await stat(folder)).isDirectory()).toBe(true);
  first.resolve(undefined);
  expect(await longer).toBe(folder);
  expect(await readdir(root)).toEqual([]);
});

it('the caches of a process that was killed are removed by the next', async () => {
  const root = await temporaryFolder();
  const killed = runFixture('../../src/versions.ts', []);
  await killed.exit;
  await mkdir(join(root, `go.partial-${killed.pid}`, 'build'), { recursive: true });
  await withGoCaches(root, () => Promise.resolve());
  expect(await readdir(root)).toEqual([]);
});
