import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, InMemorySecretStore } from '@worker-auth/testing-fakes';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { applicationKey } from '../src/application-key.ts';
import { cached } from '../src/stores/cached.ts';
import { chain } from '../src/stores/chain.ts';
import { environmentStore } from '../src/stores/environment-store.ts';
import { folderStore } from '../src/stores/folder-store.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { SecretStore } from '@worker-auth/internal';
import { rejection } from './support.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'secret-store-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

it.each([
  ['postgres-extraction', 'postgres_extraction'],
  ['Query-Intelligence', 'query_intelligence'],
])('the key of the application %s is %s', (name, key) => {
  expect(applicationKey(name)).toBe(key);
});

describe('chain', () => {
  it('does not ask further once a store has the secret', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    expect(await chain([memoryStore({ wanted: 'first' }), store]).get('wanted')).toMatchObject({
      wanted: 'first',
    });
    expect(store.reads).toBe(0);
  });

  it('cannot be empty', () => {
    expect(() => chain([])).toThrow(TypeError);
    expect(() => chain([])).toThrow('at least one store');
  });

  it('forgets what its stores remember, of which some remember nothing', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const layers = chain([memoryStore(), cached(store)]);
    await layers.get('wanted');
    layers.invalidate?.();
    await layers.get('wanted');
    expect(store.reads).toBe(2);
  });
});

it('environmentStore reads the variables of the process that begin with ATLAN_', async () => {
  vi.stubEnv('ATLAN_wanted', 'of the process');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await environmentStore().get('wanted')).toMatchObject({ wanted: 'of the process' });
});

describe('a caller that has left', () => {
  it.each<[what: string, store: SecretStore]>([
    ['memoryStore', memoryStore({ wanted: 'v1' })],
    ['environmentStore', environmentStore({ env: { ATLAN_wanted: 'v1' } })],
    ['folderStore', folderStore(tmpdir())],
  ])('gets its reason from %s, and no secret', async (_what, store) => {
    const reason = new Error('left');
    expect(await rejection(store.get('wanted', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  it('gets its reason from what is cached too', async () => {
    const cache = cached(memoryStore({ wanted: 'v1' }));
    await cache.get('wanted');
    const reason = new Error('left');
    expect(await rejection(cache.get('wanted', { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await cache.get('wanted', {})).toMatchObject({ wanted: 'v1' });
  });
});

describe('cached', () => {
  it('reads again at the end of the time to live, not one millisecond before', async () => {
    const clock = new FakeClock();
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const cache = cached(store, { ttlMs: 1_000, clock });
    await cache.get('wanted');
    await clock.advance(999);
    await cache.get('wanted');
    expect(store.reads).toBe(1);
    await clock.advance(1);
    await cache.get('wanted');
    expect(store.reads).toBe(2);
  });

  it('reads again after the host slept for the time to live, which the monotonic clock does not see', async () => {
    const clock = new FakeClock();
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const cache = cached(store, { ttlMs: 1_000, clock });
    await cache.get('wanted');
    clock.suspend(1_000);
    await cache.get('wanted');
    expect(store.reads).toBe(2);
  });

  it('reads once for callers at the same time', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const cache = cached(store);
    await Promise.all(Array.from({ length: 100 }, () => cache.get('wanted')));
    expect(store.reads).toBe(1);
  });

  it('remembers neither "not there" nor an error', async () => {
    const store = new InMemorySecretStore();
    const cache = cached(store);
    expect(await cache.get('wanted')).toBeUndefined();
    store.failWith(new Error('down'));
    await expect(cache.get('wanted')).rejects.toThrow('down');
    store.recover();
    store.set('wanted', 'v1');
    expect(await cache.get('wanted')).toMatchObject({ wanted: 'v1' });
    expect(store.reads).toBe(3);
  });

  it('forgets a secret that is gone, although the wall clock that ended its time steps back', async () => {
    const clock = new FakeClock();
    const inner = memoryStore({ wanted: 'v1' });
    const cache = cached(inner, { ttlMs: 1_000, clock });
    await cache.get('wanted');
    clock.stepWall(1_000);
    inner.delete('wanted');
    expect(await cache.get('wanted')).toBeUndefined();
    clock.stepWall(-1_000);
    expect(await cache.get('wanted')).toBeUndefined();
  });

  it('reads again beside a read that has hung for 50 s, which callers that overlap never leave', async () => {
    const clock = new FakeClock();
    const answers: ((value: { wanted: string }) => void)[] = [];
    const cache = cached({ get: () => new Promise((resolve) => answers.push(resolve)) }, { clock });
    const first = cache.get('wanted');
    await clock.advance(49_999);
    const joining = cache.get('wanted');
    expect(answers).toHaveLength(1);
    await clock.advance(1);
    const again = cache.get('wanted');
    expect(answers).toHaveLength(2);
    answers[0]?.({ wanted: 'old' });
    expect(await Promise.all([first, joining])).toEqual([{ wanted: 'old' }, { wanted: 'old' }]);
    const joiningAgain = cache.get('wanted');
    answers[1]?.({ wanted: 'new' });
    expect(await Promise.all([again, joiningAgain])).toEqual([{ wanted: 'new' }, { wanted: 'new' }]);
    expect(await cache.get('wanted')).toMatchObject({ wanted: 'new' });
    expect(answers).toHaveLength(2);
  });

  it('over a chain forgets what each of the chain’s stores gave', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const cache = cached(chain([store]));
    const part = cache.stores?.[0];
    await part?.get('wanted');
    await part?.get('wanted');
    expect(store.reads).toBe(1);
    cache.invalidate();
    await part?.get('wanted');
    expect(store.reads).toBe(2);
  });

  it.each([0, -1, Number.NaN])('rejects a time to live of %d', (ttlMs) => {
    const make = (): unknown => cached(memoryStore(), { ttlMs });
    expect(make).toThrow(RangeError);
    expect(make).toThrow('ttlMs');
  });
});

describe('folderStore', () => {
  it('follows the symbolic links that Kubernetes swaps when a mounted Secret changes', async () => {
    const path = await folder();
    const mount = async (version: string): Promise<void> => {
      await mkdir(join(path, `..${version}`));
      await writeFile(join(path, `..${version}`, 'client_id'), version);
      await symlink(`..${version}`, join(path, '..data_tmp'));
      await rename(join(path, '..data_tmp'), join(path, '..data'));
    };
    await mount('v1');
    await symlink(join('..data', 'client_id'), join(path, 'client_id'));
    const store = folderStore(path);
    expect(await store.get('client_id')).toMatchObject({ client_id: 'v1' });
    await mount('v2');
    expect(await store.get('client_id')).toMatchObject({ client_id: 'v2' });
  });

  it('drops a byte order mark, so that a bundle can be read', async () => {
    const path = await folder();
    await writeFile(join(path, 'wanted'), '\uFEFF{"a":"b"}\r\n');
    expect(await folderStore(path).get('wanted')).toMatchObject({ wanted: '{"a":"b"}' });
  });

  it('drops one line break at the end of a file, no more', async () => {
    const path = await folder();
    await writeFile(join(path, 'wanted'), ' value \n\n');
    expect(await folderStore(path).get('wanted')).toMatchObject({ wanted: ' value \n' });
  });

  it.each(['../outside', 'a/b', '..', '.', '', 'sub', 'nul\0', 'x'.repeat(300)])(
    'has no secret called %j',
    async (name) => {
      const path = await folder();
      await mkdir(join(path, 'folder', 'sub'), { recursive: true });
      await writeFile(join(path, 'outside'), 'not a secret');
      expect(await folderStore(join(path, 'folder')).get(name)).toBeUndefined();
    },
  );

  it('cannot answer when the folder is missing', async () => {
    const path = join(await folder(), 'missing');
    const error = await rejection(folderStore(path).get('wanted'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_FOLDER_UNREADABLE', kind: 'configuration' });
    expect(String(error)).toContain('ENOENT');
  });

  it('cannot answer when the folder is a file', async () => {
    const path = join(await folder(), 'file');
    await writeFile(path, 'text');
    expect(String(await rejection(folderStore(path).get('wanted')))).toContain(
      `Cannot read ${path} (ENOTDIR)`,
    );
  });

  it('cannot answer for a file that is there and cannot be read', async () => {
    const path = await folder();
    await symlink('round', join(path, 'round'));
    const error = await rejection(folderStore(path).get('round'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_FOLDER_UNREADABLE' });
    expect(String(error)).toContain(`Cannot read ${join(path, 'round')} (ELOOP)`);
  });
});
