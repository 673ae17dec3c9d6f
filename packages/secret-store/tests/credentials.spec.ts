import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { SecretStore } from '@worker-auth/internal';
import { bundle, rejection } from './support.ts';

const applicationName = 'postgres-extraction';
const bundleName = 'atlan-deployment-secrets';

function discover(store: SecretStore) {
  return discoverCredentials({ applicationName, env: {}, order: [{ name: 'our vault', store }] });
}

const shown = {
  clientId: 'the-id',
  clientSecret: '[redacted]',
  source: `our vault, secret "${bundleName}"`,
  tokenUrl: 'https://auth.example.com/token',
  tlsEnabled: true,
};
const secrets = {
  [bundleName]: { ...bundle, atlan_auth_url: shown.tokenUrl, workflow_tls_enabled: 'true' },
};

it('credentials that are shown in a log have all but the secret', async () => {
  const credentials = await discover(memoryStore(secrets)).get();
  expect(inspect(credentials)).toBe(inspect(shown));
});

describe('what is found beside the pair', () => {
  it('in the environment may be in upper case, as the pair is', async () => {
    const env = {
      ATLAN_POSTGRES_EXTRACTION_CLIENT_ID: 'the-id',
      ATLAN_POSTGRES_EXTRACTION_CLIENT_SECRET: 'the-secret',
      ATLAN_ATLAN_AUTH_URL: shown.tokenUrl,
      ATLAN_WORKFLOW_TLS_ENABLED: 'true',
    };
    const credentials = await discoverCredentials({ applicationName, env, order: ['environment'] }).get();
    expect(credentials).toMatchObject({ tokenUrl: shown.tokenUrl, tlsEnabled: true });
  });

  it('may have white space around its flag', async () => {
    const store = memoryStore({ [bundleName]: { ...bundle, workflow_tls_enabled: ' true ' } });
    expect((await discover(store).get()).tlsEnabled).toBe(true);
  });

  it.each([
    ['atlan_auth_url', 'must be an http or https URL'],
    ['workflow_tls_enabled', 'must be "true" or "false"'],
  ])('is rejected with what %s must be', async (key, words) => {
    const error = await rejection(discover(memoryStore({ [bundleName]: { ...bundle, [key]: 'x' } })).get());
    expect(error).toMatchObject({ code: 'SECRET_STORE_SECRET_INVALID' });
    expect(String(error)).toContain(words);
  });
});

describe('credentials of the call', () => {
  const explicit = { applicationName, env: {}, clientId: 'the-id', clientSecret: 'the-secret' };

  it('are not given to a caller that has left', async () => {
    const reason = new Error('left');
    const read = discoverCredentials(explicit).get({ signal: AbortSignal.abort(reason) });
    expect(await rejection(read)).toBe(reason);
  });
});
