import type { DaprClient } from '@dapr/dapr';
import type { HttpFault } from '@worker-auth/testing-fakes';
import { everyChangeShown } from '@worker-auth/workspace/every-change-shown';
import { everyWayShown } from '@worker-auth/workspace/every-way-shown';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { daprClientSidecar } from '../src/dapr-sdk.ts';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { resolveDiscovery } from '../src/discovery/discovery-settings.ts';
import { SecretStoreError } from '../src/errors.ts';
import { cached } from '../src/stores/cached.ts';
import { chain } from '../src/stores/chain.ts';
import { environmentStore } from '../src/stores/environment-store.ts';
import { folderStore } from '../src/stores/folder-store.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import { SecretService, stateStoreConfigs } from '../src/service.ts';
import { component, rejection, startFake } from './support.ts';

const canaries = ['canary-api-token', 'canary-client-secret', 'canary-of-another-application'];
const applicationName = 'postgres-extraction';
const secrets = {
  'atlan-deployment-secrets': {
    postgres_extraction_client_id: 'the-id',
    postgres_extraction_client_secret: 'canary-client-secret',
    other_client_secret: 'canary-of-another-application',
  },
};
const echo = JSON.stringify({
  errorCode: 'ERR_SECRET_GET',
  message: 'failed: request had dapr-api-token canary-api-token',
});

/** Everything that a log, a debugger or an error tracker could reach. */
function shown(value: unknown): string {
  if (!(value instanceof Error)) return everyWayShown(value);
  return [
    everyWayShown(value),
    String(value),
    shown(value.cause ?? null),
    JSON.stringify(Object.entries(value)),
  ].join('\n');
}

function expectNoCanary(value: unknown): void {
  expectNoCanaryIn(shown(value));
}

function expectNoCanaryIn(text: string): void {
  expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
}

async function start(fault?: HttpFault): Promise<{ env: Record<string, string> }> {
  const { fake, url } = await startFake({
    apiToken: 'canary-api-token',
    components: [{ name: component, type: 'secretstores.hashicorp.vault', secrets }],
  });
  if (fault !== undefined) fake.failWith(fault, 'secrets');
  return { env: { DAPR_HTTP_ENDPOINT: url, DAPR_API_TOKEN: 'canary-api-token' } };
}

describe('no secret is shown', () => {
  it('by a store, a source, a sidecar or a service', async () => {
    const { env } = await start();
    const store = daprStore({ env });
    const source = discoverCredentials({ applicationName, env });
    await source.get();
    const memory = memoryStore(secrets);
    await memory.get('atlan-deployment-secrets');
    const remembering = cached(chain([memory]));
    await remembering.get('atlan-deployment-secrets');
    const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'x'), 'canary-client-secret');
    const folderOf = folderStore(folder);
    await folderOf.get('x');
    const daprClient = { execute: () => Promise.resolve('') };
    const options = { daprHost: '127.0.0.1', daprPort: '3500', daprApiToken: 'canary-api-token' };
    const pair = { applicationName, clientId: 'the-id', clientSecret: 'canary-client-secret' };
    const values = {
      store,
      source,
      sidecar: httpSidecar({ env }),
      sdkSidecar: daprClientSidecar({ daprClient, options } as unknown as DaprClient),
      service: new SecretService({ store }),
      configs: stateStoreConfigs({ sidecar: store.sidecar }),
      memory,
      remembering,
      folderOf,
      environment: environmentStore({ env: { ATLAN_x: 'canary-client-secret' } }),
      explicit: discoverCredentials(pair),
      settings: resolveDiscovery({ ...pair, env: { ...env, ATLAN_x: 'canary-client-secret' } }),
      settingsOfDapr: resolveDiscovery({ applicationName, env, dapr: { apiToken: 'canary-api-token' } }),
    };
    for (const value of Object.values(values)) expectNoCanary(value);
    expectNoCanary(values);
  });

  it.each(['toJSON', 'constructor', 'inspect', '__proto__'])(
    'by a secret with a field called %s, or by its error',
    async (name) => {
      const value = JSON.parse(`{"${name}":"canary-client-secret","a":"canary-client-secret"}`) as Record<
        string,
        string
      >;
      const secret = await memoryStore({ wanted: value })
        .get('wanted')
        .catch((error: unknown) => error);
      expectNoCanary(secret);
      if (name === 'toJSON') expect(secret).toMatchObject({ code: 'SECRET_STORE_SECRET_INVALID' });
      else expect(Object.getOwnPropertyNames(secret)).toHaveLength(2);
    },
  );

  it('by resolved credentials, at any depth, and they can be read', async () => {
    const store = memoryStore({ guid: { password: 'canary-client-secret' } });
    const config = { credentialSource: 'x', password: 'password', extra: { deep: { key: 'password' } } };
    const credentialConfigs = { get: () => Promise.resolve(config) };
    const resolved = await new SecretService({ store, credentialConfigs }).getCredentials('guid');
    expectNoCanary([resolved, resolved['extra']]);
    expect(resolved['extra']).toMatchObject({ deep: { key: 'canary-client-secret' } });
  });

  it('by a secret that is frozen, cloned or defined again, and its fields can be read afterwards', async () => {
    const read = async (): Promise<object> =>
      (await memoryStore(secrets).get('atlan-deployment-secrets')) ?? expect.unreachable();
    expectNoCanaryIn(await everyChangeShown(read));
    const frozen = Object.freeze(await read());
    expect(frozen).toMatchObject(secrets['atlan-deployment-secrets']);
  });

  it.each<[string, Error | undefined]>([
    ['an error that holds the request', Object.assign(new Error('no'), { request: canaries })],
    ['an error whose cause holds it', new Error('no', { cause: new Error('canary-client-secret') })],
    ['a message with a header', new Error('sent authorization: Bearer canary-api-token')],
    [
      'an error with fields of its own',
      Object.assign(new Error('no'), { kind: 'connectivity', code: 'X', retryable: true, data: canaries }),
    ],
    ['a secret that is none', undefined],
  ])('by what comes of %s in a store of one’s own', async (_what, thrown) => {
    const response = { a: ['canary-client-secret'] } as unknown as Record<string, string>;
    const store = {
      get: () => (thrown === undefined ? Promise.resolve(response) : Promise.reject(thrown)),
    };
    const order = ['environment', { name: 'our vault', store }] as const;
    const error = await rejection(discoverCredentials({ applicationName, env: {}, order }).get());
    expect(error).toBeInstanceOf(SecretStoreError);
    expectNoCanary(error);
    expectNoCanary(await rejection(new SecretService({ store }).getSecret({ secretKey: 'x' })));
  });

  it.each<[string, HttpFault]>([
    [
      'a body that breaks off',
      { connection: 'truncate', body: '{"field":"canary-client-secret","another":"to be cut off here"}' },
    ],
    ['a body that is no secret', { body: '["canary-client-secret"]' }],
    ['an unknown status', { status: 418, body: 'canary-client-secret' }],
    ['a server that repeats the token', { status: 500, body: echo }],
    ['a number in place of a text', { body: '{"a":12345678901234567890}' }],
  ])('by the error for %s', async (_what, fault) => {
    const { env } = await start(fault);
    expectNoCanary(await rejection(discoverCredentials({ applicationName, env }).get()));
  });
});

describe('credentials that were found', () => {
  it.each([
    [
      'in the environment',
      {
        env: {
          ATLAN_postgres_extraction_client_id: 'id',
          ATLAN_postgres_extraction_client_secret: 'canary-client-secret',
        },
      },
    ],
    ['in the call', { env: {}, clientId: 'id', clientSecret: 'canary-client-secret' }],
    ['in a store', { env: {}, order: [{ name: 'a vault', store: memoryStore(secrets) }] }],
  ])('give their secret, and show it to nobody: %s', async (_where, options) => {
    const found = await discoverCredentials({ applicationName, ...options }).get();
    expect(found.clientSecret).toBe('canary-client-secret');
    expect(shown(found)).not.toContain('canary');
    expect(shown({ ...found })).not.toContain('canary');
  });

  it('show it to nobody when they are frozen, cloned or defined again', async () => {
    const env = {
      ATLAN_postgres_extraction_client_id: 'id',
      ATLAN_postgres_extraction_client_secret: 'canary-client-secret',
    };
    const find = async (): Promise<object> => await discoverCredentials({ applicationName, env }).get();
    expectNoCanaryIn(await everyChangeShown(find));
  });
});
