import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import {
  type DaprComponent,
  type DaprSidecar,
  daprStore,
  type DaprStoreOptions,
  InvalidSecretError,
  type ReadOptions,
  type Secret,
  SidecarError,
  type SidecarErrorCode,
} from '../src/index.ts';
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

const denyMetadata = (): Promise<never> => Promise.reject(sidecarError('SECRET_STORE_API_NOT_ALLOWED'));

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

  it('is told no type when there is no list', async () => {
    const { store, asked } = over({ getComponents: denyMetadata });
    await store.get('wanted');
    expect(asked[0]).toMatchObject({ component: vault.name, options: { componentType: undefined } });
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

  it('that is not allowed is not asked for again', async () => {
    const { store, listings } = over({ getComponents: denyMetadata });
    await store.get('wanted');
    await store.getFrom('another', 'wanted');
    expect(listings()).toBe(1);
  });

  it('is not asked for by getFrom when it is known', async () => {
    const { store, listings, asked } = over({});
    await store.get('wanted');
    await store.getFrom(vault.name, 'wanted');
    expect(listings()).toBe(1);
    expect(asked[1]).toMatchObject({ options: { componentType: vault.type } });
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

  it('that lacks what getFrom looks for is asked for again before the component is', async () => {
    const later = { ...vault, name: 'later' };
    const lists = [[vault], [vault, later]];
    const { store, asked } = over({ getComponents: () => Promise.resolve(lists.shift() ?? []) });
    await store.get('wanted');
    await store.getFrom('later', 'wanted');
    expect(asked[1]).toMatchObject({ component: 'later', options: { componentType: later.type } });
  });

  it('that lacked what getFrom looked for is not remembered', async () => {
    const { store, listings } = over({});
    await store.getFrom('none', 'wanted');
    await store.get('wanted');
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

describe('a component that is gone', () => {
  it.each<SidecarErrorCode>(['SECRET_STORE_COMPONENT_NOT_FOUND', 'SECRET_STORE_NO_COMPONENT'])(
    'by %s is looked for once more when it was remembered',
    async (code) => {
      let isGone = false;
      const getSecret = (): Promise<Secret> => {
        if (!isGone) return Promise.resolve({ field: 'value' });
        isGone = false;
        return Promise.reject(sidecarError(code));
      };
      const { store, listings } = over({ getSecret });
      await store.get('wanted');
      isGone = true;
      expect(await store.get('wanted')).toEqual({ field: 'value' });
      expect(listings()).toBe(2);
    },
  );

  it('is not looked for again when it was only just found, and the next call looks anew', async () => {
    const code = 'SECRET_STORE_COMPONENT_NOT_FOUND';
    const { store, asked, listings } = over({ getSecret: () => Promise.reject(sidecarError(code)) });
    expect(await rejection(store.get('wanted'))).toMatchObject({ code });
    expect(asked).toHaveLength(1);
    await rejection(store.get('wanted'));
    expect(listings()).toBe(2);
  });

  it('is not what another failure means', async () => {
    let isFailing = false;
    const getSecret = (): Promise<Secret> =>
      isFailing
        ? Promise.reject(sidecarError('SECRET_STORE_BACKEND_FAILED'))
        : Promise.resolve({ field: 'value' });
    const { store, asked, listings } = over({ getSecret });
    await store.get('wanted');
    isFailing = true;
    await rejection(store.get('wanted'));
    expect([asked.length, listings()]).toEqual([2, 1]);
  });
});

describe('a name in Azure Key Vault', () => {
  const azure = { name: 'azure', type: 'secretstores.azure.KeyVault' };
  const getComponents = (): Promise<DaprComponent[]> => Promise.resolve([azure]);

  it('has hyphens, and the field the name that was asked for', async () => {
    const getSecret = (_component: string, name: string): Promise<Secret> => Promise.resolve({ [name]: 'x' });
    const { store, asked } = over({ getComponents, getSecret });
    expect(await store.get('a_b_c')).toEqual({ a_b_c: 'x' });
    expect(asked[0]?.name).toBe('a-b-c');
  });

  it('of a secret with other fields leaves them as they are', async () => {
    const { store } = over({ getComponents });
    expect(await store.get('a_b')).toEqual({ field: 'value' });
  });

  it('of a secret that is not there is not there', async () => {
    const { store } = over({ getComponents, getSecret: () => Promise.resolve(undefined) });
    expect(await store.get('a_b')).toBeUndefined();
  });
});

describe('a request to a sidecar', () => {
  const hang = (): Promise<never> => new Promise(() => undefined);

  it('for its state is what the sidecar is asked for, with what ends it', async () => {
    let asked: unknown[] = [];
    const getState = (...args: [string, string, ReadOptions?]): Promise<unknown> => {
      asked = args;
      return Promise.resolve('value');
    };
    const { store } = over({ getState });
    expect(await store.sidecar.getState('statestore', 'key')).toBe('value');
    expect(asked).toEqual(['statestore', 'key', { signal: expect.any(AbortSignal) as AbortSignal }]);
  });

  it('that is late is told with the address and the time', async () => {
    const { store, clock } = over({ getSecret: hang }, { requestTimeoutMs: 1_000 });
    const outcome = rejection(store.get('wanted'));
    await clock.advance(1_000);
    const error = await outcome;
    expect(error).toMatchObject({ code: 'SECRET_STORE_SIDECAR_TIMEOUT' });
    expect(String(error)).toContain(`No response from ${address} within 1000 ms.`);
  });

  it('for readiness ends with the budget, when that is shorter than a request may take', async () => {
    const options = { requestTimeoutMs: 10_000, startupTimeoutMs: 3_000 };
    const { store, clock } = over({ isReady: hang }, options);
    let isSettled = false;
    const outcome = rejection(store.get('wanted')).finally(() => (isSettled = true));
    await clock.advance(2_999);
    expect(isSettled).toBe(false);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'SECRET_STORE_SIDECAR_UNAVAILABLE' });
    expect(clock.pendingTimers).toBe(0);
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

  it('that is never answered by a sidecar that is ready is told with what it said', async () => {
    const getSecret = (): Promise<never> => Promise.reject(sidecarError('SECRET_STORE_SIDECAR_NOT_READY'));
    const { store, clock } = over({ getSecret }, { startupTimeoutMs: 1_000 });
    const outcome = rejection(store.get('wanted'));
    await clock.advance(1_000);
    expect(String(await outcome)).toContain(
      `No Dapr sidecar was ready at ${address} within 1000 ms: from the test`,
    );
  });

  it.each<DaprStoreOptions>([{ requestTimeoutMs: 0 }, { startupTimeoutMs: 0 }])(
    'with times of %j is rejected by the name of the option',
    (options) => {
      expect(() => over({}, options)).toThrow(Object.keys(options)[0]);
    },
  );
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

  it('is not named when nobody configured it', async () => {
    const { store } = over({ getComponents });
    expect(await store.component()).toEqual(other);
  });
});
