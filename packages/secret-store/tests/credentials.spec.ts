import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { discoverCredentials, memoryStore, type SecretStore } from '../src/index.ts';
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

describe('credentials that are shown', () => {
  it('as JSON have all but the secret', async () => {
    const credentials = await discover(memoryStore(secrets)).get();
    expect(JSON.parse(JSON.stringify(credentials))).toEqual(shown);
  });

  it('in a log have all but the secret', async () => {
    const credentials = await discover(memoryStore(secrets)).get();
    expect(inspect(credentials)).toBe(inspect(shown));
  });
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

  it('is rejected by the name of its secret when it is a number too large', async () => {
    const store = memoryStore({ [bundleName]: '{"postgres_extraction_client_id":12345678901234567890}' });
    expect(String(await rejection(discover(store).get()))).toContain(
      `secret "${bundleName}": "postgres_extraction_client_id"`,
    );
  });
});

describe('credentials of the call', () => {
  const explicit = { applicationName, env: {}, clientId: 'the-id', clientSecret: 'the-secret' };

  it.each([
    ['clientId', 'clientSecret'],
    ['clientSecret', 'clientId'],
  ])('that are no more than %s are rejected with both names', (given, missing) => {
    expect(() => discoverCredentials({ ...explicit, [missing]: undefined })).toThrow(
      `the call has ${given} but no ${missing}`,
    );
  });

  it('are not given to a caller that has left', async () => {
    const reason = new Error('left');
    const read = discoverCredentials(explicit).get({ signal: AbortSignal.abort(reason) });
    expect(await rejection(read)).toBe(reason);
  });

  it.each([{}, { signal: new AbortController().signal }])('are given to any other one: %j', async (read) => {
    expect(await discoverCredentials(explicit).get(read)).toMatchObject({ clientId: 'the-id' });
  });
});

describe('a caller that leaves alone', () => {
  it('ends the read of a store of one’s own', async () => {
    let read: AbortSignal | undefined;
    const leaving = new AbortController();
    const store: SecretStore = {
      get: (_name, options) => {
        read = options?.signal;
        leaving.abort();
        return new Promise(() => undefined);
      },
    };
    await rejection(discover(store).get({ signal: leaving.signal }));
    expect(read?.aborted).toBe(true);
  });
});
