import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { SecretFetchError } from '../src/dapr/errors.ts';
import { StoreReadError } from '../src/errors.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { SecretStore } from '@worker-auth/internal';
import {
  CredentialConfigNotFoundError,
  type CredentialConfigSource,
  InvalidCredentialConfigError,
  SecretService,
} from '../src/service.ts';
import { component, rejection, startFake } from './support.ts';

const databaseSecret = { username: 'the-user', password: 'the-password', 'ssl-key': 'the-key' };

async function service(
  state: Readonly<Record<string, unknown>> = {},
  credentialConfigs?: CredentialConfigSource,
): Promise<SecretService> {
  const { url } = await startFake({
    components: [
      {
        name: component,
        type: 'secretstores.aws.secretmanager',
        secrets: { 'database-creds': databaseSecret, 'cred-123': databaseSecret, text: 'plain' },
      },
      { name: 'other', type: 'secretstores.local.env', secrets: { text: 'from other' } },
      { name: 'statestore', type: 'state.redis', state },
    ],
  });
  return new SecretService({ store: daprStore({ env: { DAPR_HTTP_ENDPOINT: url } }), credentialConfigs });
}

describe('getSecret', () => {
  it('gives the fields of a secret, those of its JSON when it is one value', async () => {
    expect(await (await service()).getSecret({ secretKey: 'database-creds' })).toMatchObject(databaseSecret);
  });

  it('gives a plain value under the name of the secret', async () => {
    expect(await (await service()).getSecret({ secretKey: 'text' })).toMatchObject({ text: 'plain' });
  });

  it('reads from the component that is named', async () => {
    expect(await (await service()).getSecret({ secretKey: 'text', component: 'other' })).toMatchObject({
      text: 'from other',
    });
  });

  it.each([
    ['for a secret that is not there', { secretKey: 'missing' }, 'SECRET_STORE_SECRET_NOT_FOUND', component],
    [
      'for a component that is not there',
      { secretKey: 'text', component: 'none' },
      'SECRET_STORE_COMPONENT_NOT_FOUND',
      'none',
    ],
  ])('rejects with "Failed to fetch secret using component" %s', async (_what, request, code, name) => {
    const error = await rejection((await service()).getSecret(request));
    expect(error).toBeInstanceOf(SecretFetchError);
    expect(error).toMatchObject({ code, component: name, kind: 'configuration' });
    expect(String(error)).toContain(`Failed to fetch secret using component "${name}"`);
  });
});

describe('getCredentials', () => {
  it('merges the secret of the credential into a direct configuration', async () => {
    const config = { credentialSource: 'direct', host: 'db.example.com', username: 'replaced' };
    const secrets = await service({ 'credential_cred-123': config });
    expect(await secrets.getCredentials('cred-123')).toMatchObject({ ...config, ...databaseSecret });
  });

  it('substitutes references, those nested in extra included, and leaves everything else', async () => {
    const config = {
      credentialSource: 'aws-secrets',
      'secret-path': 'database-creds',
      host: 'password-host',
      username: 'username',
      password: 'password',
      port: 5432,
      settings: { password: 'password' },
      extra: { tls: { key: 'ssl-key', verify: true }, list: ['username', 'other'] },
    };
    const resolved = await (await service({ credential_guid: config })).getCredentials('guid');
    expect(resolved).toMatchObject({
      ...config,
      username: 'the-user',
      password: 'the-password',
      extra: { tls: { key: 'the-key', verify: true }, list: ['the-user', 'other'] },
    });
  });

  it('takes a configuration that was saved as text', async () => {
    const secrets = await service({ 'credential_cred-123': JSON.stringify({ host: 'db' }) });
    expect(await secrets.getCredentials('cred-123')).toMatchObject({ host: 'db', ...databaseSecret });
  });

  it.each(['..', 'bulk'])('rejects a secret-path of %j, by the name of the credential', async (path) => {
    const secrets = await service({ credential_guid: { 'secret-path': path } });
    const error = await rejection(secrets.getCredentials('guid'));
    expect(error).toBeInstanceOf(InvalidCredentialConfigError);
    expect(String(error)).toContain(`"guid" has the secret-path "${path}", which Dapr cannot be asked for.`);
  });

  it.each([
    ['a list', ['host']],
    ['a number', 5],
    ['a secret-path that is no text', { 'secret-path': 5 }],
  ])('rejects %s', async (_what, config) => {
    const error = await rejection((await service({ credential_guid: config })).getCredentials('guid'));
    expect(error).toBeInstanceOf(InvalidCredentialConfigError);
  });

  it('rejects when there is no configuration, by the name of the credential', async () => {
    const error = await rejection((await service()).getCredentials('guid'));
    expect(error).toBeInstanceOf(CredentialConfigNotFoundError);
    expect(String(error)).toContain('no configuration of the credential "guid"');
    expect(error).toMatchObject({ kind: 'configuration', code: 'SECRET_STORE_CREDENTIAL_CONFIG_NOT_FOUND' });
  });
});

describe('over a store that is not Dapr’s', () => {
  const store = memoryStore({ guid: { password: 'the-password' }, json: '{"a":"b"}' });
  const credentialConfigs: CredentialConfigSource = { get: () => Promise.resolve({ host: 'db' }) };

  it('getSecret gives the fields', async () => {
    const secrets = new SecretService({ store });
    expect(await secrets.getSecret({ secretKey: 'json' })).toMatchObject({ a: 'b' });
  });

  it('getSecret rejects with a StoreReadError for a secret that is not there', async () => {
    const error = await rejection(new SecretService({ store }).getSecret({ secretKey: 'missing' }));
    expect(error).toBeInstanceOf(StoreReadError);
    expect(error).toMatchObject({ code: 'SECRET_STORE_SECRET_NOT_FOUND', kind: 'configuration' });
    expect(String(error)).toContain('"missing"');
  });

  it.each([
    ['getCredentials without configurations', (secrets: SecretService) => secrets.getCredentials('guid')],
    [
      'getSecret of a component',
      (secrets: SecretService) => secrets.getSecret({ secretKey: 'guid', component: 'x' }),
    ],
  ])('%s is a TypeError', async (_what, call) => {
    expect(await rejection(call(new SecretService({ store })))).toBeInstanceOf(TypeError);
  });

  it('invalidate reaches the store', async () => {
    let invalidated = 0;
    const secrets = new SecretService({ store: { ...store, invalidate: () => void (invalidated += 1) } });
    secrets.invalidate();
    expect(invalidated).toBe(1);
    await secrets.getSecret({ secretKey: 'guid' });
  });

  it.each<[string, SecretStore, CredentialConfigSource]>([
    ['a store', { get: () => new Promise(() => undefined) }, credentialConfigs],
    ['a source of configurations', store, { get: () => new Promise(() => undefined) }],
  ])(
    '%s that never answers is given up after readTimeoutMs, not before',
    async (_what, hangingStore, configs) => {
      const clock = new FakeClock();
      let isSettled = false;
      const times = { readTimeoutMs: 1_000, clock };
      const secrets = new SecretService({ store: hangingStore, credentialConfigs: configs, ...times });
      const outcome = rejection(secrets.getCredentials('guid')).finally(() => (isSettled = true));
      await clock.advance(999);
      expect(isSettled).toBe(false);
      await clock.advance(1);
      expect(await outcome).toMatchObject({ code: 'SECRET_STORE_TIMEOUT' });
    },
  );
});
