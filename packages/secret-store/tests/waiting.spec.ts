import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { SidecarError } from '../src/dapr/errors.ts';
import type { WaitingEvent, WaitingListener } from '../src/dapr/waiting-notice.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { SecretStoreErrorCode } from '../src/errors.ts';
import type { DaprSidecar } from '@worker-auth/internal';
import { rejection } from './support.ts';

const address = 'http://127.0.0.1:3500';
const component = { name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault' };

/** A sidecar in this process, so that only the clock decides when something happens. */
function sidecarInMemory(): DaprSidecar & { state: 'absent' | 'starting' | 'ready' | 'silent' } {
  const sidecar = {
    state: 'absent' as 'absent' | 'starting' | 'ready' | 'silent',
    address,
    isReady(): Promise<boolean> {
      if (sidecar.state === 'silent') return new Promise(() => undefined);
      if (sidecar.state !== 'absent') return Promise.resolve(sidecar.state === 'ready');
      const code = SecretStoreErrorCode.sidecarUnreachable;
      return Promise.reject(new SidecarError(`No response from ${address} (ECONNREFUSED).`, { code }));
    },
    getComponents: () => Promise.resolve([component]),
    getSecret: () => Promise.resolve({ field: 'value' }),
    getState: () => Promise.resolve(undefined),
  };
  return sidecar;
}

function waiting(onWaiting?: WaitingListener) {
  const clock = new FakeClock();
  const sidecar = sidecarInMemory();
  const events: WaitingEvent[] = [];
  const listener = (event: WaitingEvent): unknown => {
    events.push(event);
    return onWaiting?.(event);
  };
  const store = daprStore({ env: {}, sidecar, clock, onWaiting: listener });
  return { clock, sidecar, events, store };
}

describe('onWaiting', () => {
  it('is called after 1 s, not before, and then each 10 s until the budget of 45 s is over', async () => {
    const { clock, events, store } = waiting();
    const outcome = rejection(store.get('wanted'));
    await clock.advance(999);
    expect(events).toEqual([]);
    await clock.advance(60_000);
    expect(await outcome).toMatchObject({ code: 'SECRET_STORE_SIDECAR_UNAVAILABLE' });
    expect(events.map(({ waitedMs }) => waitedMs)).toEqual([1_000, 11_000, 21_000, 31_000, 41_000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gets plain data: how long, how long at most, where, and why', async () => {
    const { clock, sidecar, events, store } = waiting();
    const outcome = rejection(store.get('wanted'));
    await clock.advance(1_000);
    sidecar.state = 'starting';
    await clock.advance(60_000);
    await outcome;
    expect(events.slice(0, 2)).toEqual([
      { waitedMs: 1_000, timeoutMs: 45_000, address, reason: `No response from ${address} (ECONNREFUSED).` },
      { waitedMs: 11_000, timeoutMs: 45_000, address, reason: 'It says that it is not ready.' },
    ]);
  });

  it('is for a reason that the end of the budget does not hide', async () => {
    const { clock, sidecar, store } = waiting();
    const outcome = rejection(store.get('wanted'));
    await clock.advance(44_900);
    sidecar.state = 'silent';
    await clock.advance(1_000);
    expect(String(await outcome)).toContain(
      'within 45000 ms: No response from http://127.0.0.1:3500 (ECONNREFUSED).',
    );
  });

  it('is called for the reads that still wait when one of them has left', async () => {
    const leaving = new AbortController();
    const { clock, events, store } = waiting();
    const left = rejection(store.getFrom(component.name, 'a', { signal: leaving.signal }));
    const outcome = rejection(store.sidecar.getState('a', 'b'));
    leaving.abort();
    await left;
    await clock.advance(1_000);
    expect(events).toHaveLength(1);
    await clock.advance(60_000);
    await outcome;
  });

  it('is called once for all the reads that wait', async () => {
    const { clock, events, store } = waiting();
    const outcomes = ['a', 'b', 'c'].map((name) => rejection(store.getFrom(component.name, name)));
    const components = rejection(store.sidecar.getComponents());
    await clock.advance(1_000);
    expect(events).toHaveLength(1);
    await clock.advance(60_000);
    await Promise.all([...outcomes, components]);
  });

  it('is not called when the sidecar is there in time, nor after it came', async () => {
    const { clock, sidecar, events, store } = waiting();
    const read = store.get('wanted');
    await clock.advance(500);
    sidecar.state = 'ready';
    await clock.advance(250);
    expect(await read).toEqual({ field: 'value' });
    await clock.advance(60_000);
    expect(events).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('begins anew when a sidecar that was ready is gone', async () => {
    const { clock, sidecar, events, store } = waiting();
    sidecar.state = 'ready';
    await store.get('wanted');
    const gone = new SidecarError('gone', { code: SecretStoreErrorCode.sidecarUnreachable });
    sidecar.getSecret = () => Promise.reject(gone);
    sidecar.state = 'absent';
    const outcome = rejection(store.get('wanted'));
    await clock.advance(1_000);
    expect(events.map(({ waitedMs }) => waitedMs)).toEqual([1_000]);
    await clock.advance(60_000);
    await outcome;
  });

  it.each<[what: string, listener: WaitingListener]>([
    [
      'throws',
      () => {
        throw new Error('from the listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('from the listener'))],
  ])('may be a listener that %s: the waiting goes on', async (_what, listener) => {
    const { clock, sidecar, events, store } = waiting(listener);
    const read = store.get('wanted');
    await clock.advance(11_000);
    expect(events).toHaveLength(2);
    sidecar.state = 'ready';
    await clock.advance(250);
    expect(await read).toEqual({ field: 'value' });
  });

  it('is passed through by discoverCredentials', async () => {
    const clock = new FakeClock();
    const events: WaitingEvent[] = [];
    const onWaiting = (event: WaitingEvent): unknown => events.push(event);
    const dapr = { sidecar: sidecarInMemory(), onWaiting };
    const outcome = rejection(discoverCredentials({ applicationName: 'x', env: {}, clock, dapr }).get());
    await clock.advance(45_000);
    expect(await outcome).toMatchObject({ code: 'SECRET_STORE_SIDECAR_UNAVAILABLE' });
    expect(events).toHaveLength(5);
  });
});
