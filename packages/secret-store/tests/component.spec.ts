import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { daprStore, type DaprStoreOptions } from '../src/dapr/dapr-store.ts';
import { SidecarError, type SidecarErrorCode } from '../src/dapr/errors.ts';
import { InvalidSecretError } from '../src/errors.ts';
import type { DaprComponent, DaprSidecar, ReadOptions, Secret } from '@worker-auth/internal';
import { rejection } from './support.ts';

const address = 'http://127.0.0.1:3500';
const vault = { name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault' };

function sidecarError(code: SidecarErrorCode): SidecarError {
  return new SidecarError('from the test', { code });
}

/** A store over a sidecar in this process, of which a test replaces what it is about. */
function over(parts: Partial<DaprSidecar>, options: DaprStoreOptions = {}) {
  const asked: { component: string; name: string; options: unknown }[] = [];
  let listings = 0;
  const sidecar: DaprSidecar = {
    address,
    isReady: () => Promise.resolve(true),
    getComponents: () => Promise.resolve([vault]),
    getSecret: () => Promise.resolve({ field: 'value' }),
    getState: () => Promise.resolve(undefined),
    ...parts,
  };
  const recorded: DaprSidecar = {
    ...sidecar,
    getComponents: (read) => {
      listings += 1;
      return sidecar.getComponents(read);
    },
    getSecret: (component, name, read) => {
      asked.push({ component, name, options: read });
      return sidecar.getSecret(component, name, read);
    },
  };
  const clock = new FakeClock();
  const store = daprStore({ env: {}, clock, sidecar: recorded, ...options });
  return { store, clock, asked, listings: () => listings };
}

describe('a sidecar of one’s own', () => {
  it.each<DaprStoreOptions>([{ endpoint: address }, { apiToken: 'x' }])('excludes %j', (options) => {
    expect(() => over({}, options)).toThrow(TypeError);
    expect(() => over({}, options)).toThrow('either sidecar, or endpoint and apiToken');
  });

  it('is told the type of the component, where it is known', async () => {
    const { store, asked } = over({});
    await store.get('wanted');
    expect(asked[0]).toMatchObject({ component: vault.name, options: { componentType: vault.type } });
  });

  it('gives all the fields of a secret, of which one may have the secret’s name', async () => {
    const secret = { wanted: 'x', other: 'y' };
    const { store } = over({ getSecret: () => Promise.resolve(secret) });
    expect(await store.get('wanted')).toEqual(secret);
  });

  it('that fails in its own way is not said to have failed as a sidecar', async () => {
    const thrown = new InvalidSecretError('no secret', { code: 'SECRET_STORE_SECRET_INVALID' });
    const { store } = over({ getSecret: () => Promise.reject(thrown) });
    expect(await rejection(store.get('wanted'))).toBe(thrown);
  });
});

describe('the list of components', () => {
  it('that cannot be had for another reason than a ban is an error', async () => {
    const { store } = over({
      getComponents: () => Promise.reject(sidecarError('SECRET_STORE_BACKEND_FAILED')),
    });
    expect(await rejection(store.get('wanted'))).toMatchObject({ code: 'SECRET_STORE_BACKEND_FAILED' });
  });

  it('that was asked for before invalidate is not remembered after it', async () => {
    const answers: ((list: readonly DaprComponent[]) => void)[] = [];
    const { store, clock } = over({ getComponents: () => new Promise((resolve) => answers.push(resolve)) });
    const before = store.component();
    await clock.advance(0);
    store.invalidate();
    answers[0]?.([{ ...vault, name: 'old' }]);
    expect((await before).name).toBe('old');
    const after = store.component();
    await clock.advance(0);
    answers[1]?.([vault]);
    expect((await after).name).toBe(vault.name);
  });

  it('is asked for anew after invalidate, although it is on its way', async () => {
    const { store, clock, listings } = over({ getComponents: () => new Promise(() => undefined) });
    void store.component();
    await clock.advance(0);
    store.invalidate();
    void store.component();
    await clock.advance(0);
    expect(listings()).toBe(2);
  });

  it('is not waited for by a caller that leaves, which ends the request', async () => {
    let request: AbortSignal | undefined;
    const getComponents = (options?: ReadOptions): Promise<never> => {
      request = options?.signal;
      return new Promise(() => undefined);
    };
    const { store, clock } = over({ getComponents });
    const leaving = new AbortController();
    const reason = new Error('left');
    const read = rejection(store.component({ signal: leaving.signal }));
    await clock.advance(0);
    leaving.abort(reason);
    expect(await read).toBe(reason);
    expect(request?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

it('a component that is gone is not looked for again when it was only just found, and the next call looks anew', async () => {
  const code = 'SECRET_STORE_COMPONENT_NOT_FOUND';
  const { store, asked, listings } = over({ getSecret: () => Promise.reject(sidecarError(code)) });
  expect(await rejection(store.get('wanted'))).toMatchObject({ code });
  expect(asked).toHaveLength(1);
  await rejection(store.get('wanted'));
  expect(listings()).toBe(2);
});

describe('a request to a sidecar', () => {
  const hang = (): Promise<never> => new Promise(() => undefined);

  it('that is late is told with the address and the time', async () => {
    const { store, clock } = over({ getSecret: hang }, { requestTimeoutMs: 1_000 });
    const outcome = rejection(store.get('wanted'));
    await clock.advance(1_000);
    const error = await outcome;
    expect(error).toMatchObject({ code: 'SECRET_STORE_SIDECAR_TIMEOUT' });
    expect(String(error)).toContain(`No response from ${address} within 1000 ms.`);
  });

  it.each<
    [what: string, ask: (store: ReturnType<typeof daprStore>, signal: AbortSignal) => Promise<unknown>]
  >([
    ['that is asked for', (store, signal) => store.sidecar.isReady({ signal })],
    ['that is waited for', (store, signal) => store.get('wanted', { signal })],
  ])('for readiness %s has the signal that ends it', async (_what, ask) => {
    let read: AbortSignal | undefined;
    const isReady = (options?: ReadOptions): Promise<boolean> => {
      read = options?.signal;
      return hang();
    };
    const { store, clock } = over({ isReady });
    const leaving = new AbortController();
    const outcome = rejection(ask(store, leaving.signal));
    await clock.advance(0);
    leaving.abort();
    await outcome;
    expect(read?.aborted).toBe(true);
  });

  it('is repeated when the sidecar went away meanwhile, after it was ready again', async () => {
    let isAway = true;
    let readinessAsked = 0;
    const isReady = (): Promise<boolean> => {
      readinessAsked += 1;
      return Promise.resolve(true);
    };
    const getSecret = (): Promise<Secret> => {
      const wasAway = isAway;
      isAway = false;
      return wasAway
        ? Promise.reject(sidecarError('SECRET_STORE_SIDECAR_NOT_READY'))
        : Promise.resolve({ field: 'value' });
    };
    const { store, clock } = over({ isReady, getSecret });
    const read = store.get('wanted');
    await clock.advance(250);
    expect(await read).toEqual({ field: 'value' });
    expect(readinessAsked).toBe(2);
  });
});

describe('a configured component that the sidecar does not have', () => {
  const other = { name: 'vault', type: 'secretstores.hashicorp.vault' };
  const getComponents = (): Promise<readonly DaprComponent[]> => Promise.resolve([other]);

  it('is named beside the only other, which is used', async () => {
    const { store } = over({ getComponents }, { component: 'valut' });
    expect(await store.component()).toEqual({ ...other, inPlaceOf: 'valut' });
  });

  it('is named in the error about that', async () => {
    const getSecret = (): Promise<never> => Promise.reject(sidecarError('SECRET_STORE_BACKEND_FAILED'));
    const { store } = over({ getComponents, getSecret }, { component: 'valut' });
    expect(await rejection(store.get('name'))).toMatchObject({
      message: expect.stringMatching(
        /using component "vault".+The configured component "valut" is not among the sidecar's\./,
      ) as unknown,
    });
  });
});
