import { FakeClock, InMemorySecretStore } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { CredentialsUnavailableError, StoreReadError } from '../src/errors.ts';
import { entriesOf } from '../src/fields.ts';
import { cached } from '../src/stores/cached.ts';
import { chain } from '../src/stores/chain.ts';
import { SecretService } from '../src/service.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { DaprSidecar, Secret, SecretStore } from '@worker-auth/internal';
import { bundle, rejection } from './support.ts';

const applicationName = 'postgres-extraction';
const idKey = 'postgres_extraction_client_id';
const secretKey = 'postgres_extraction_client_secret';

function throwing(thrown: Error): SecretStore {
  return { get: () => Promise.reject(thrown) };
}

function discover(store: SecretStore, clock?: FakeClock) {
  return discoverCredentials({
    applicationName,
    env: {},
    clock,
    order: ['environment', { name: 'our vault', store }],
  });
}

const leaseError = { kind: 'authentication', code: 'VAULT_NO_LEASE', retryable: false };
const circle = new Error('goes round');
circle.cause = circle;

const plain: readonly [what: string, thrown: unknown, words: string][] = [
  ['an Error', new Error('the vault is sealed'), 'our vault: the vault is sealed'],
  ['a text', 'sealed', 'our vault: sealed'],
  ['null', null, 'our vault: it failed'],
  ['an error that is its own cause', circle, 'our vault: goes round'],
  ['white space for a message', new Error(' \n'), 'our vault: it failed, and does not say why'],
  ['an error whose kind is none', Object.assign(new Error('odd'), { ...leaseError, kind: 'x' }), 'odd'],
  [
    'an error with a getter that throws',
    Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error('from the getter');
      },
    }),
    'our vault: it failed',
  ],
];

describe('a store of one’s own that throws', () => {
  it.each(plain)(
    '%s comes out typed, with its name and the places looked at before',
    async (_what, thrown, words) => {
      const error = await rejection(discover(throwing(thrown as Error)).get());
      expect(error).toBeInstanceOf(CredentialsUnavailableError);
      expect(error).toMatchObject({
        code: 'SECRET_STORE_FAILED',
        kind: 'connectivity',
        retryable: true,
        searchedSources: [{ source: 'environment variables' }],
      });
      expect(String(error)).toContain(words);
      expect(String(error)).toContain('ATLAN_postgres_extraction_client_id');
    },
  );

  it('does not hand on the error itself, which may hold the request', async () => {
    const thrown = Object.assign(new Error('no'), { request: { password: 'canary-password' } });
    const error = await rejection(discover(throwing(thrown)).get());
    expect((error as Error).cause).toBeInstanceOf(StoreReadError);
    expect((error as { cause: Error }).cause.cause).toBeUndefined();
  });

  it.each(['configuration', 'connectivity', 'authentication'])(
    'keeps kind (%s), code in one line and retryable of an error that has all three',
    async (kind) => {
      const thrown = Object.assign(new Error('no lease'), { ...leaseError, kind, code: 'VAULT\nNO_LEASE' });
      const error = await rejection(discover(throwing(thrown)).get());
      expect(error).toMatchObject({ kind, code: 'VAULT NO_LEASE', retryable: false });
      expect(String(error)).toContain('our vault: no lease');
    },
  );

  it('shows no token and no control character of its message', async () => {
    const thrown = new Error('GET with Bearer canary.token.value failed\u001B[31m\nnext line');
    const error = await rejection(discover(throwing(thrown)).get());
    expect((error as { cause: Error }).cause.message).toBe(
      'our vault: GET with Bearer [redacted] failed [31m next line',
    );
  });

  it('after the caller left: the caller gets its own reason', async () => {
    const leaving = new AbortController();
    const reason = new Error('the caller left');
    const store: SecretStore = {
      get: (_name, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => {
            reject(new Error('its own'));
          });
          leaving.abort(reason);
        }),
    };
    expect(await rejection(discover(store).get({ signal: leaving.signal }))).toBe(reason);
  });

  it.each([
    ['null', null],
    ['a text', 'the-secret'],
    ['a list of texts', ['the-secret']],
    ['a field that is no text', { [idKey]: 'the-secret', [secretKey]: 5 }],
  ])('nothing but gives %s in place of a secret, is rejected by its name', async (_what, given) => {
    const store = { get: () => Promise.resolve(given as unknown as Secret) };
    const error = await rejection(discover(store).get());
    expect(error).toMatchObject({ code: 'SECRET_STORE_INVALID_RESPONSE' });
    expect(String(error)).toContain('our vault: what it gave is no secret');
    expect(String(error)).not.toContain('the-secret');
  });

  it('gives a secret that is a copy and shows no value, without its empty fields', async () => {
    const store = { get: () => Promise.resolve({ a: 'the-secret', b: '' }) };
    const secret = await new SecretService({ store }).getSecret({ secretKey: 'x' });
    expect(Object.fromEntries(entriesOf(secret))).toEqual({ a: 'the-secret' });
    expect(JSON.stringify(secret)).toBe('{"a":"[redacted]"}');
  });

  it('as a sidecar adapter comes out typed too', async () => {
    const sidecar: DaprSidecar = {
      ...httpSidecar({ env: {} }),
      isReady: () => Promise.reject(new Error('no agent')),
    };
    const error = await rejection(discoverCredentials({ applicationName, env: {}, dapr: { sidecar } }).get());
    expect(error).toMatchObject({
      code: 'SECRET_STORE_FAILED',
      searchedSources: [{ source: 'environment variables' }],
    });
    expect(String(error)).toContain('Dapr sidecar at http://127.0.0.1:3500: no agent');
  });
});

it.each([
  [
    'throws',
    () => {
      throw new Error('not now');
    },
  ],
  ['rejects', () => Promise.reject(new Error('not now'))],
])(
  'a store of one’s own whose invalidate fails when it %s keeps no other place from being read again',
  async (_what, invalidate) => {
    const memory = memoryStore({ 'atlan-deployment-secrets': bundle });
    const order = [
      { name: 'our vault', store: { ...memoryStore(), invalidate } },
      { name: 'cache', store: cached(memory) },
    ];
    const source = discoverCredentials({ applicationName, env: {}, order });
    await source.get();
    memory.set('atlan-deployment-secrets', { ...bundle, [idKey]: 'rotated' });
    source.invalidate();
    expect((await source.get()).clientId).toBe('rotated');
  },
);

describe('a store that never answers', () => {
  const never = new InMemorySecretStore();
  never.hold();

  it('is given up after readTimeoutMs, and asked again by the next get', async () => {
    const clock = new FakeClock();
    const store = new InMemorySecretStore({ 'atlan-deployment-secrets': bundle });
    const release = store.hold();
    const order = [{ name: 'our vault', store }];
    const source = discoverCredentials({ applicationName, env: {}, clock, order, readTimeoutMs: 1_000 });
    const outcome = rejection(source.get());
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: 'SECRET_STORE_TIMEOUT' });
    release();
    expect((await source.get()).clientId).toBe('the-id');
  });

  it.each([
    ['alone', never],
    ['in a chain', chain([memoryStore(), never])],
    ['in a cache', cached(never)],
    ['in a cache over a chain', cached(chain([never]))],
  ])('%s is given up when 50 s are over, not before', async (_what, store) => {
    const clock = new FakeClock();
    let isSettled = false;
    const outcome = rejection(discover(store, clock).get()).finally(() => (isSettled = true));
    await clock.advance(49_999);
    expect(isSettled).toBe(false);
    await clock.advance(1);
    const error = await outcome;
    expect(error).toMatchObject({ code: 'SECRET_STORE_TIMEOUT', kind: 'connectivity', retryable: true });
    expect(String(error)).toContain('our vault: no response within 50000 ms');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a pair over a chain', () => {
  const first = memoryStore({ [idKey]: 'id-of-first' });
  const second = memoryStore({ [idKey]: 'id-of-second', [secretKey]: 'secret-of-second' });

  it.each([
    ['a chain', chain([first, second])],
    ['a cache over a chain', cached(chain([first, second]))],
    ['a chain of chains', chain([chain([first]), cached(chain([second]))])],
  ])('is never the id of one store with the secret of another: %s', async (_what, store) => {
    const error = await rejection(discover(store).get());
    expect(error).toMatchObject({ code: 'SECRET_STORE_CREDENTIALS_INCOMPLETE' });
  });

  it.each([
    ['a chain', chain([memoryStore({ atlan_auth_url: 'https://first.example.com' }), second])],
    ['a cache over a chain', cached(chain([memoryStore(), second]))],
  ])(
    'is taken whole from the first store that has any of it, the token URL too: %s',
    async (_what, store) => {
      expect(await discover(store).get()).toMatchObject({
        clientId: 'id-of-second',
        clientSecret: 'secret-of-second',
        tokenUrl: undefined,
      });
    },
  );
});

describe('a sidecar adapter of one’s own that gives empty fields', () => {
  const adapter: DaprSidecar = {
    ...httpSidecar({ env: {} }),
    isReady: () => Promise.resolve(true),
    getComponents: () => Promise.resolve([{ name: 'deployment-secret-store', type: 'secretstores.own' }]),
    getSecret: () => Promise.resolve({ [idKey]: '', [secretKey]: '', other: 'x' }),
    getState: () => Promise.resolve(undefined),
  };

  it('has no credentials: an empty field counts as not there', async () => {
    const source = discoverCredentials({ applicationName, env: {}, dapr: { sidecar: adapter } });
    expect(await rejection(source.get())).toMatchObject({ code: 'SECRET_STORE_CREDENTIALS_NOT_FOUND' });
  });
});
