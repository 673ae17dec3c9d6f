import { inspect } from 'node:util';
import type { Fault } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import {
  cached,
  chain,
  daprStore,
  discoverCredentials,
  environmentStore,
  httpSidecar,
  memoryStore,
  SecretService,
} from '../src/index.ts';
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
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: false }), JSON.stringify(value)];
  if (value instanceof Error) {
    parts.push(
      String(value),
      value.stack ?? '',
      shown(value.cause ?? null),
      JSON.stringify(Object.entries(value)),
    );
  }
  return parts.join('\n');
}

function expectNoCanary(value: unknown): void {
  for (const canary of canaries) expect(shown(value)).not.toContain(canary);
}

async function start(fault?: Fault): Promise<{ env: Record<string, string> }> {
  const { fake, url } = await startFake({
    apiToken: 'canary-api-token',
    components: [{ name: component, type: 'secretstores.hashicorp.vault', secrets }],
  });
  fake.fault = ({ path }) => (path.includes('/secrets/') ? fault : undefined);
  return { env: { DAPR_HTTP_ENDPOINT: url, DAPR_API_TOKEN: 'canary-api-token' } };
}

describe('no secret is shown', () => {
  it('by a store, a source, a sidecar or a service', async () => {
    const { env } = await start();
    const store = daprStore({ env });
    const source = discoverCredentials({ applicationName, env });
    await source.get();
    const memory = memoryStore(secrets);
    for (const value of [
      store,
      source,
      httpSidecar({ env }),
      new SecretService({ store }),
      memory,
      cached(chain([memory])),
      environmentStore({ env: { ATLAN_x: 'canary-client-secret' } }),
      discoverCredentials({ applicationName, clientId: 'the-id', clientSecret: 'canary-client-secret' }),
    ]) {
      expectNoCanary(value);
    }
  });

  it('by a secret that is printed, while its field can be read and copied', async () => {
    const { env } = await start();
    const secret = await daprStore({ env }).get('atlan-deployment-secrets');
    expectNoCanary({ secret });
    expect(shown(secret)).toContain('other_client_secret');
    expect({ ...secret }).toEqual(secrets['atlan-deployment-secrets']);
  });

  it.each<[string, Fault]>([
    ['a body that breaks off', { kind: 'truncate', body: '{"field":"canary-client-secret' }],
    ['a body that is no secret', { kind: 'answer', status: 200, body: '["canary-client-secret"]' }],
    ['an unknown status', { kind: 'answer', status: 418, body: 'canary-client-secret' }],
    ['a server that repeats the token', { kind: 'answer', status: 500, body: echo }],
    ['a number in place of a text', { kind: 'answer', status: 200, body: '{"a":12345678901234567890}' }],
  ])('by the error for %s', async (_what, fault) => {
    const { env } = await start(fault);
    expectNoCanary(await rejection(discoverCredentials({ applicationName, env }).get()));
  });

  it('by the error for a sidecar that is not there', async () => {
    const env = { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:1', DAPR_API_TOKEN: 'canary-api-token' };
    const source = discoverCredentials({ applicationName, env, dapr: { startupTimeoutMs: 1 } });
    const error = await rejection(source.get());
    expect(error).toMatchObject({ code: 'SIDECAR_UNAVAILABLE' });
    expectNoCanary(error);
  });

  it('by the error for credentials that are not found', async () => {
    const { env } = await start();
    const error = await rejection(discoverCredentials({ applicationName: 'unknown', env }).get());
    expect(error).toMatchObject({ code: 'CREDENTIALS_NOT_FOUND' });
    expectNoCanary(error);
  });
});
