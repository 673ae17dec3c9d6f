import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, InMemorySecretStore } from '@worker-auth/testing-fakes';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  applicationKey,
  cached,
  chain,
  environmentStore,
  folderStore,
  memoryStore,
  type SecretStore,
} from '../src/index.ts';
import { rejection } from './support.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'secret-store-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Has nothing, and cannot forget it. */
const failing: SecretStore = {
  get: () => Promise.resolve(undefined),
  invalidate: () => {
    throw new Error('not now');
  },
};

describe('applicationKey', () => {
  it.each([
    ['postgres-extraction', 'postgres_extraction'],
    ['Query-Intelligence', 'query_intelligence'],
    ['already_a_key', 'already_a_key'],
  ])('of %s is %s', (name, key) => {
    expect(applicationKey(name)).toBe(key);
  });

  it.each(['', '  '])('of %j is a TypeError', (name) => {
    expect(() => applicationKey(name)).toThrow(TypeError);
  });
});

describe('chain', () => {
  it('does not go on when a store cannot answer', async () => {
    const broken = new InMemorySecretStore();
    broken.failWith(new Error('broken'));
    const store = new InMemorySecretStore({ wanted: 'v1' });
    expect(await rejection(chain([broken, store]).get('wanted'))).toEqual(new Error('broken'));
    expect(store.reads).toBe(0);
  });

  it('does not ask further once a store has the secret', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    expect(await chain([memoryStore({ wanted: 'first' }), store]).get('wanted')).toEqual({ wanted: 'first' });
    expect(store.reads).toBe(0);
  });

  it('cannot be empty', () => {
    expect(() => chain([])).toThrow(TypeError);
    expect(() => chain([])).toThrow('at least one store');
  });

  it('has no secret that none of its stores has', async () => {
    expect(await chain([memoryStore(), memoryStore()]).get('wanted')).toBeUndefined();
  });

  it('forgets what its stores remember, of which some remember nothing', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const layers = chain([memoryStore(), cached(store)]);
    await layers.get('wanted');
    layers.invalidate?.();
    await layers.get('wanted');
    expect(store.reads).toBe(2);
  });

  it('forgets what the others remember, although one of its stores cannot', async () => {
    const store = new InMemorySecretStore({ wanted: 'v1' });
    const layers = chain([failing, cached(store)]);
    await layers.get('wanted');
    layers.invalidate?.();
    await layers.get('wanted');
    expect(store.reads).toBe(2);
  });
});

describe('environmentStore', () => {
  it('reads the variables of the process that begin with ATLAN_', async () => {
    vi.stubEnv('ATLAN_wanted', 'of the process');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await environmentStore().get('wanted')).toEqual({ wanted: 'of the process' });
  });

  it('takes nothing that every object has for a variable', async () => {
    expect(await environmentStore({ env: {}, prefix: '' }).get('constructor')).toBeUndefined();
  });
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

  it.each<[what: string, store: SecretStore]>([
    ['memoryStore', memoryStore()],
    ['environmentStore', environmentStore({ env: {} })],
    ['folderStore', folderStore(tmpdir())],
  ])('is none where no signal is given to %s', async (_what, store) => {
    expect(await store.get('there is no such secret', {})).toBeUndefined();
  });

  it('gets its reason from what is cached too', async () => {
    const cache = cached(memoryStore({ wanted: 'v1' }));
    await cache.get('wanted');
    const reason = new Error('left');
    expect(await rejection(cache.get('wanted', { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await cache.get('wanted', {})).toEqual({ wanted: 'v1' });
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
    expect(await cache.get('wanted')).toEqual({ wanted: 'v1' });
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

  it('does not remember a response that was asked for before invalidate', async () => {
    const answers: ((value: { wanted: string }) => void)[] = [];
    const cache = cached({ get: () => new Promise((resolve) => answers.push(resolve)) });
    const before = cache.get('wanted');
    cache.invalidate();
    const after = cache.get('wanted');
    answers[1]?.({ wanted: 'new' });
    await after;
    answers[0]?.({ wanted: 'old' });
    await before;
    expect(await cache.get('wanted')).toEqual({ wanted: 'new' });
  });

  it('ends the read below when the last caller has left, not before', async () => {
    let ended = false;
    const cache = cached({
      get: (_name, options) =>
        new Promise(() => {
          options?.signal?.addEventListener('abort', () => (ended = true));
        }),
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const reads = [first, second].map(({ signal }) => rejection(cache.get('wanted', { signal })));
    first.abort(new Error('left'));
    await reads[0];
    expect(ended).toBe(false);
    second.abort(new Error('left too'));
    await reads[1];
    expect(ended).toBe(true);
  });

  it('joins the read that others wait for, although one of them has left', async () => {
    const answers: ((value: { wanted: string }) => void)[] = [];
    const cache = cached({ get: () => new Promise((resolve) => answers.push(resolve)) });
    const leaving = new AbortController();
    const left = rejection(cache.get('wanted', { signal: leaving.signal }));
    const staying = cache.get('wanted');
    leaving.abort();
    await left;
    const joining = cache.get('wanted');
    answers[0]?.({ wanted: 'v1' });
    expect(await Promise.all([staying, joining])).toEqual([{ wanted: 'v1' }, { wanted: 'v1' }]);
    expect(answers).toHaveLength(1);
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
    expect(await cache.get('wanted')).toEqual({ wanted: 'new' });
    expect(answers).toHaveLength(2);
  });

  it('does not remember the late response of a read that everybody left', async () => {
    const answers: ((value: { wanted: string }) => void)[] = [];
    const cache = cached({ get: () => new Promise((resolve) => answers.push(resolve)) });
    const leaving = new AbortController();
    const left = rejection(cache.get('wanted', { signal: leaving.signal }));
    leaving.abort();
    await left;
    const next = cache.get('wanted');
    answers[1]?.({ wanted: 'new' });
    await next;
    answers[0]?.({ wanted: 'old' });
    await Promise.resolve();
    expect(await cache.get('wanted')).toEqual({ wanted: 'new' });
  });

  it('forgets, although the store below cannot', async () => {
    const part = new InMemorySecretStore({ wanted: 'v1' });
    const cache = cached({ ...failing, get: (name) => part.get(name), stores: [part] });
    await cache.stores?.[0]?.get('wanted');
    cache.invalidate();
    await cache.stores?.[0]?.get('wanted');
    expect(part.reads).toBe(2);
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

  it('over a store that does not consist of others has none', () => {
    expect(cached(memoryStore()).stores).toBeUndefined();
  });

  it.each([0, -1, Number.NaN])('rejects a time to live of %d', (ttlMs) => {
    const make = (): unknown => cached(memoryStore(), { ttlMs });
    expect(make).toThrow(RangeError);
    expect(make).toThrow('ttlMs');
  });
});

describe('folderStore', () => {
  it('waits its turn for the folder too, while other reads of the process hang', async () => {
    const path = await folder();
    // As `readBoundedFile` keeps it for all copies of it in a process.
    const reads = { running: 2, waiting: [] as (() => void)[] };
    const shared = globalThis as Record<symbol, unknown>;
    const key = Symbol.for('@worker-auth/file-reads');
    const before = shared[key];
    shared[key] = reads;
    onTestFinished(() => {
      shared[key] = before;
      for (const next of reads.waiting) next();
    });
    const leaving = new AbortController();
    const outcome = rejection(folderStore(path).get('a/b', { signal: leaving.signal }));
    expect(reads.waiting).toHaveLength(1);
    const reason = new Error('left');
    leaving.abort(reason);
    expect(await outcome).toBe(reason);
  });

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
    expect(await store.get('client_id')).toEqual({ client_id: 'v1' });
    await mount('v2');
    expect(await store.get('client_id')).toEqual({ client_id: 'v2' });
  });

  it('drops a byte order mark, so that a bundle can be read', async () => {
    const path = await folder();
    await writeFile(join(path, 'wanted'), '\uFEFF{"a":"b"}\r\n');
    expect(await folderStore(path).get('wanted')).toEqual({ wanted: '{"a":"b"}' });
  });

  it('drops one line break at the end of a file, no more', async () => {
    const path = await folder();
    await writeFile(join(path, 'wanted'), ' value \n\n');
    expect(await folderStore(path).get('wanted')).toEqual({ wanted: ' value \n' });
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

  it('drops a byte order mark at the beginning alone', async () => {
    const path = await folder();
    await writeFile(join(path, 'wanted'), 'a\uFEFFb\nc');
    expect(await folderStore(path).get('wanted')).toEqual({ wanted: 'a\uFEFFb\nc' });
  });
});
