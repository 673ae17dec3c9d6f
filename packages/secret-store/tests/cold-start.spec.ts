import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { daprStore, type DaprStoreOptions } from '../src/dapr/dapr-store.ts';
import { component, rejection, startFake } from './support.ts';

const components = [
  { name: component, type: 'secretstores.hashicorp.vault', secrets: { wanted: { field: 'value' } } },
];

describe('a sidecar that starts', () => {
  it('is waited for until its components are loaded, and no secret is asked for before', async () => {
    const clock = new FakeClock();
    const { fake, url } = await startFake({ components, cold: 'loading', clock });
    const read = daprStore({ env: { DAPR_HTTP_ENDPOINT: url }, clock }).get('wanted');
    await clock.advance(1_000);
    expect(fake.requests.length).toBeGreaterThanOrEqual(3);
    expect(fake.requests.every(({ path }) => path === '/v1.0/healthz/outbound')).toBe(true);
    await fake.warmUp();
    await clock.advance(250);
    expect(await read).toMatchObject({ field: 'value' });
  });

  it('may refuse connections at first', async () => {
    const clock = new FakeClock();
    const { fake, url } = await startFake({ components, cold: 'rejecting', clock });
    const read = daprStore({ env: { DAPR_HTTP_ENDPOINT: url }, clock }).get('wanted');
    await clock.advance(2_000);
    expect(fake.requests).toEqual([]);
    await fake.warmUp();
    await clock.advance(250);
    expect(await read).toMatchObject({ field: 'value' });
  });

  it('is waited for again when it restarts between two reads', async () => {
    const clock = new FakeClock();
    const { fake, url } = await startFake({ components, clock });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url }, clock });
    await store.get('wanted');
    await fake.goCold('rejecting');
    const read = store.get('wanted');
    await clock.advance(2_000);
    await fake.warmUp();
    await clock.advance(250);
    expect(await read).toMatchObject({ field: 'value' });
  });
});

describe('an absent sidecar', () => {
  it('is SIDECAR_UNAVAILABLE when the default budget of 45 s is over, not before', async () => {
    const { store, clock } = await absent({});
    const { settled, read } = watch(store.get('wanted'));
    await clock.advance(44_999);
    expect(settled()).toBe(false);
    await clock.advance(1);
    expect(settled()).toBe(true);
    expect(await rejection(read)).toMatchObject({
      code: 'SECRET_STORE_SIDECAR_UNAVAILABLE',
      kind: 'connectivity',
    });
  });

  it('stops being waited for when the caller leaves', async () => {
    const { store, clock } = await absent({});
    const caller = new AbortController();
    const reason = new Error('the caller left');
    const read = store.get('wanted', { signal: caller.signal });
    await clock.advance(2_000);
    caller.abort(reason);
    expect(await rejection(read)).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it('cannot be given a budget that setTimeout would turn into 1 ms', () => {
    expect(() => daprStore({ env: {}, startupTimeoutMs: 2 ** 31 })).toThrow(RangeError);
    expect(() => daprStore({ env: {}, startupTimeoutMs: 2 ** 31 - 1 })).not.toThrow();
    expect(() => daprStore({ env: {}, requestTimeoutMs: 0 })).toThrow(RangeError);
  });
});

async function absent(
  options: DaprStoreOptions,
): Promise<{ store: ReturnType<typeof daprStore>; clock: FakeClock; url: string }> {
  const clock = new FakeClock();
  const { url } = await startFake({ cold: 'rejecting', clock });
  return { store: daprStore({ env: { DAPR_HTTP_ENDPOINT: url }, clock, ...options }), clock, url };
}

function watch(read: Promise<unknown>): { settled: () => boolean; read: Promise<unknown> } {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  read.then(settle, settle);
  return { settled: () => isSettled, read };
}
