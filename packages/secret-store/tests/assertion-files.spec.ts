import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import {
  CredentialsNotFoundError,
  IncompleteCredentialsError,
  InvalidSecretError,
  InvalidSettingError,
} from '../src/errors.ts';
import { component, rejection, startFake } from './support.ts';

const applicationName = 'postgres-extraction';
const order = ['environment'] as const;
const file = '/var/run/secrets/tokens/keycloak';
const names = {
  id: 'ATLAN_postgres_extraction_client_id',
  secret: 'ATLAN_postgres_extraction_client_secret',
  file: 'ATLAN_postgres_extraction_client_assertion_file',
};
const inEnvironment = { [names.id]: 'the-id', [names.file]: file };
const azure = {
  AZURE_CLIENT_ID: '00000000-0000-0000-0000-000000000001',
  AZURE_TENANT_ID: 'contoso.example',
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
};

function find(env: Readonly<Record<string, string>>) {
  return discoverCredentials({ applicationName, env, order }).get();
}

describe('an assertion file of the application', () => {
  it.each([
    [inEnvironment, `environment variables ${names.id} and ${names.file}`],
    [
      { [names.id.toUpperCase()]: 'the-id', [names.file.toUpperCase()]: file },
      `environment variables ${names.id.toUpperCase()} and ${names.file.toUpperCase()}`,
    ],
  ])('is found in the environment, and the sidecar is not asked: %j', async (env, source) => {
    const { fake, url } = await startFake();
    const found = await discoverCredentials({
      applicationName,
      env: { ...env, DAPR_HTTP_ENDPOINT: url },
    }).get();
    expect(found).toMatchObject({ clientId: 'the-id', clientAssertionFile: file, source });
    expect(found.clientSecret).toBeUndefined();
    expect(fake.requests).toEqual([]);
  });

  it('comes with its type', async () => {
    const type = 'ATLAN_postgres_extraction_client_assertion_type';
    const found = await find({ ...inEnvironment, [type]: 'jwt-spiffe' });
    expect(found).toMatchObject({ clientAssertionType: 'jwt-spiffe' });
    expect(JSON.stringify(found)).toContain('"clientAssertionType":"jwt-spiffe"');
  });

  it('of an unknown type is rejected, with the types that there are', async () => {
    const type = 'ATLAN_postgres_extraction_client_assertion_type';
    const error = await rejection(find({ ...inEnvironment, [type]: 'spiffe' }));
    expect(error).toBeInstanceOf(InvalidSecretError);
    expect(String(error)).toContain(`${type} must be "jwt-bearer" or "jwt-spiffe"`);
  });

  const keys = {
    postgres_extraction_client_id: 'the-id',
    postgres_extraction_client_assertion_file: file,
    postgres_extraction_client_assertion_type: 'jwt-spiffe',
  };

  it.each([
    ['a map', { 'atlan-deployment-secrets': keys }, 'secret "atlan-deployment-secrets"'],
    [
      'one secret a key',
      keys,
      'secrets "postgres_extraction_client_id" and "postgres_extraction_client_assertion_file"',
    ],
  ])('is found in a component, in %s', async (_what, secrets, where) => {
    const type = 'secretstores.hashicorp.vault';
    const { url } = await startFake({ components: [{ name: component, type, secrets }] });
    const found = await discoverCredentials({ applicationName, env: { DAPR_HTTP_ENDPOINT: url } }).get();
    expect(found).toMatchObject({
      ...{ clientId: 'the-id', clientAssertionFile: file, clientAssertionType: 'jwt-spiffe' },
    });
    expect(found.source).toBe(`Dapr secret store component "${component}", ${where}`);
  });

  it('beside a secret is an error that names both, and no reason to look elsewhere', async () => {
    const error = await rejection(find({ ...inEnvironment, ...azure, [names.secret]: 'canary' }));
    expect(error).toBeInstanceOf(InvalidSecretError);
    expect(error).toMatchObject({ code: 'SECRET_STORE_SECRET_INVALID', kind: 'configuration' });
    expect(String(error)).toContain(`has ${names.secret} and ${names.file}. Remove one of them`);
    expect(String(error)).not.toContain('canary');
  });

  it.each([
    [names.file, names.id],
    [names.id, names.secret],
  ])('or an id alone is half a pair: %s without %s', async (present, missing) => {
    const error = await rejection(find({ [present]: 'half' }));
    expect(error).toBeInstanceOf(IncompleteCredentialsError);
    expect(String(error)).toContain(`has ${present} but no ${missing}`);
  });

  it('is shown, since it is no secret; a secret that is not there is not', async () => {
    const found = await find(inEnvironment);
    const source = `environment variables ${names.id} and ${names.file}`;
    expect(JSON.parse(JSON.stringify(found))).toEqual({
      ...{ clientId: 'the-id', clientAssertionFile: file, source },
    });
    expect(inspect(found)).toContain(file);
  });
});

describe('an Azure workload identity', () => {
  it('is found in the environment, with its token endpoint in the public cloud', async () => {
    expect(await find(azure)).toMatchObject({
      clientId: azure.AZURE_CLIENT_ID,
      clientAssertionFile: azure.AZURE_FEDERATED_TOKEN_FILE,
      tokenUrl: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
      source: 'environment variables AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE',
    });
  });

  it.each(['https://login.microsoftonline.us/', 'https://login.microsoftonline.us'])(
    'is of the cloud that AZURE_AUTHORITY_HOST names: %s',
    async (host) => {
      const found = await find({ ...azure, AZURE_AUTHORITY_HOST: host });
      expect(found.tokenUrl).toBe('https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token');
    },
  );

  it('stands behind what is the application’s own', async () => {
    expect(await find({ ...azure, ...inEnvironment })).toMatchObject({ clientId: 'the-id' });
    expect(await find({ ...azure, [names.id]: 'the-id', [names.secret]: 'the-secret' })).toMatchObject({
      clientId: 'the-id',
      clientSecret: 'the-secret',
    });
  });

  it.each([
    ['AZURE_CLIENT_ID', { AZURE_CLIENT_ID: '' }],
    ['AZURE_TENANT_ID', { AZURE_TENANT_ID: '' }],
    ['AZURE_CLIENT_ID and AZURE_TENANT_ID', { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '' }],
  ])('that lacks %s is none, and that is told when nothing else is found', async (missing, changed) => {
    const error = await rejection(find({ ...azure, ...changed }));
    expect(error).toBeInstanceOf(CredentialsNotFoundError);
    expect(String(error)).toContain(`AZURE_FEDERATED_TOKEN_FILE is set, but not ${missing}\n`);
  });

  it.each([
    ['AZURE_TENANT_ID', 'a/b'],
    ['AZURE_TENANT_ID', '..'],
    ['AZURE_AUTHORITY_HOST', 'login.microsoftonline.com'],
    ['AZURE_AUTHORITY_HOST', 'ftp://login.microsoftonline.com'],
  ])('with a %s of %j is rejected by the name of the variable', async (name, value) => {
    const error = await rejection(find({ ...azure, [name]: value }));
    expect(error).toBeInstanceOf(InvalidSettingError);
    expect(String(error)).toContain(`${name} must be`);
  });
});
