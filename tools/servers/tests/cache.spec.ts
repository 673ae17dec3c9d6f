import { readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cached, cacheFolder, findCached } from '../src/cache.ts';
import { runFixture, temporaryFolder } from './support.ts';

const entry = { name: 'thing-1', proof: 'whole' };
const fill = (folder: string): Promise<void> => writeFile(join(folder, 'whole'), 'new');

describe('cacheFolder', () => {
  it('is WORKER_AUTH_CACHE when that is set', () => {
    expect(cacheFolder({ WORKER_AUTH_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  });

  it('is in XDG_CACHE_HOME otherwise', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/worker-auth');
  });

  it("is in the user's cache folder when neither is set", () => {
    const parts = process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
    expect(cacheFolder({})).toBe(join(homedir(), ...parts, 'worker-auth'));
  });
});

describe('cached', () => {
  it('makes an entry once for all of this process', async () => {
    const root = await temporaryFolder();
    let made = 0;
    const count = (folder: string): Promise<void> => {
      made++;
      return fill(folder);
    };
    await Promise.all([cached(entry, count, root), cached(entry, count, root)]);
    expect(made).toBe(1);
  });

  it('leaves nothing behind when making it fails', async () => {
    const root = await temporaryFolder();
    const failing = async (folder: string): Promise<void> => {
      await writeFile(join(folder, 'half'), '');
      throw new Error('cut off');
    };
    await expect(cached(entry, failing, root)).rejects.toThrow('cut off');
    expect(await readdir(root)).toEqual([]);
  });

  it('rejects an entry without its proof', async () => {
    const root = await temporaryFolder();
    await expect(cached(entry, () => Promise.resolve(), root)).rejects.toThrow(
      'thing-1 was made without whole',
    );
    expect(await findCached(entry, root)).toBeUndefined();
  });

  it('replaces an entry whose proof was lost', async () => {
    const root = await temporaryFolder();
    await cached({ ...entry, proof: 'other' }, (folder) => writeFile(join(folder, 'other'), ''), root);
    await cached(entry, fill, root);
    expect(await readdir(join(root, 'thing-1'))).toEqual(['whole']);
  });
});

describe('two processes', () => {
  it('both have it when they want it at the same time', async () => {
    const root = await temporaryFolder();
    const cache = join(root, 'cache');
    const fetchers = Array.from({ length: 2 }, () =>
      runFixture('fetcher.ts', [cache, join(root, 'journal')]),
    );
    const folders = await Promise.all(fetchers.map((fetcher) => fetcher.nextLine()));
    expect(folders).toEqual([join(cache, 'thing-1'), join(cache, 'thing-1')]);
    expect(await readdir(cache)).toEqual(['thing-1']);
  });

  it('leave no half-written entry when one is killed while it fetches', async () => {
    const root = await temporaryFolder();
    const journal = join(root, 'journal');
    const cache = join(root, 'cache');
    const killed = runFixture('fetcher.ts', [cache, journal, 'hang']);
    await vi.waitUntil(async () => (await readFile(journal, 'utf8').catch(() => '')) !== '', {
      timeout: 60_000,
    });
    process.kill(killed.pid, 'SIGKILL');
    await killed.exit;
    expect(await findCached(entry, cache)).toBeUndefined();
    expect(await runFixture('fetcher.ts', [cache, journal]).nextLine()).toBe(join(cache, 'thing-1'));
    expect(await readdir(cache)).toEqual(['thing-1']);
    expect(await readdir(join(cache, 'thing-1'))).toEqual(['half', 'whole']);
  });
});
