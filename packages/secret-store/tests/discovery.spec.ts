import type { FakeDaprComponent } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import {
  CredentialsNotFoundError,
  CredentialsUnavailableError,
  IncompleteCredentialsError,
} from '../src/errors.ts';
import { bundle, component, rejection, startFake } from './support.ts';

const applicationName = 'postgres-extraction';
const environment = {
  ATLAN_postgres_extraction_client_id: 'env-id',
  ATLAN_postgres_extraction_client_secret: 'env-secret',
};
const upperCase = {
  ATLAN_POSTGRES_EXTRACTION_CLIENT_ID: 'upper-id',
  ATLAN_POSTGRES_EXTRACTION_CLIENT_SECRET: 'upper-secret',
};
const vault: FakeDaprComponent = {
  name: component,
  type: 'secretstores.hashicorp.vault',
  secrets: { 'atlan-deployment-secrets': bundle },
};

const inBundle = `Dapr secret store component "${component}", secret "atlan-deployment-secrets"`;
const oneByOne =
  `Dapr secret store component "${component}", ` +
  'secrets "postgres_extraction_client_id" and "postgres_extraction_client_secret"';
const withHyphens = {
  'postgres-extraction-client-id': 'the-id',
  'postgres-extraction-client-secret': 'the-secret',
};

type Described = Omit<FakeDaprComponent, 'name'>;

const map = (type: string, metadata: Record<string, string> = {}): Described => {
  return { ...vault, type: `secretstores.${type}`, metadata };
};
const values = (type: string, secrets: Record<string, string> = bundle, metadata = {}): Described => {
  return { type: `secretstores.${type}`, secrets, metadata };
};
const inOneValue = { 'atlan-deployment-secrets': JSON.stringify(bundle) };

const shapes: readonly [what: string, described: Described, source: string][] = [
  ['a map in Vault', vault, inBundle],
  ['JSON text in Vault', map('hashicorp.vault', { vaultValueType: 'text' }), inBundle],
  ['a map in a file', map('local.file', { multiValued: 'true' }), inBundle],
  ['a map in Kubernetes', map('kubernetes'), inBundle],
  ['one JSON value in AWS', map('aws.secretmanager'), inBundle],
  ['a map in AWS', map('aws.secretmanager', { multipleKeyValuesPerSecret: 'true' }), inBundle],
  ['one JSON value in Azure Key Vault', map('azure.keyvault'), inBundle],
  ['one JSON value in the environment of the sidecar', values('local.env', inOneValue), inBundle],
  ['one secret a key in a file', values('local.file'), oneByOne],
  ['one secret a key in AWS Secrets Manager', values('aws.secretmanager'), oneByOne],
  ['one secret a key, with hyphens, in Azure Key Vault', values('azure.keyvault', withHyphens), oneByOne],
  ['one secret a key in GCP Secret Manager', values('gcp.secretmanager'), oneByOne],
  ['one variable a key in the environment of the sidecar', values('local.env'), oneByOne],
  ['one variable a key, with a prefix', values('local.env', environment, { prefix: 'ATLAN_' }), oneByOne],
];

/** Why a sidecar with these components has no credentials to give. */
async function failureIn(...components: readonly Described[]): Promise<unknown> {
  const { url } = await startFake({
    components: components.map((described) => ({ ...described, name: component })),
  });
  return rejection(discoverCredentials({ applicationName, env: { DAPR_HTTP_ENDPOINT: url } }).get());
}

describe('discoverCredentials in a Dapr component', () => {
  it.each(shapes)('finds %s, and says where', async (_what, described, source) => {
    const { url } = await startFake({ components: [{ ...described, name: component }] });
    const credentials = await discoverCredentials({
      applicationName,
      env: { DAPR_HTTP_ENDPOINT: url },
    }).get();
    expect(credentials.source).toBe(source);
    const isOwn = described.metadata?.['prefix'] === undefined;
    expect([credentials.clientId, credentials.clientSecret]).toEqual(
      isOwn ? ['the-id', 'the-secret'] : ['env-id', 'env-secret'],
    );
  });

  it('reads the secret of ATLAN_DEPLOYMENT_SECRET_NAME, and of the option before it', async () => {
    const secrets = {
      'from-env': bundle,
      'from-option': { ...bundle, postgres_extraction_client_id: 'option-id' },
    };
    const { url } = await startFake({ components: [{ ...vault, secrets }] });
    const env = { DAPR_HTTP_ENDPOINT: url, ATLAN_DEPLOYMENT_SECRET_NAME: 'from-env' };
    expect((await discoverCredentials({ applicationName, env }).get()).clientId).toBe('the-id');
    const secretName = 'from-option';
    expect((await discoverCredentials({ applicationName, env, secretName }).get()).clientId).toBe(
      'option-id',
    );
  });

  it('reads the secret of the first variable that is set: ours, then those of the Python original', async () => {
    const secrets = { path: bundle, name: { ...bundle, postgres_extraction_client_id: 'name-id' } };
    const { url } = await startFake({ components: [{ ...vault, secrets }] });
    const idOf = async (named: Record<string, string>): Promise<string> => {
      const env = { DAPR_HTTP_ENDPOINT: url, ATLAN_DEPLOYMENT_SECRET_PATH: 'path', ...named };
      return (await discoverCredentials({ applicationName, env }).get()).clientId;
    };
    expect(await idOf({})).toBe('the-id');
    expect(await idOf({ ATLAN_DEPLOYMENT_SECRET_NAME: '' })).toBe('the-id');
    expect(await idOf({ ATLAN_DEPLOYMENT_SECRET_NAME: 'name' })).toBe('name-id');
    const both = { WORKER_AUTH_SECRET_NAME: 'name', ATLAN_DEPLOYMENT_SECRET_NAME: 'path' };
    expect(await idOf(both)).toBe('name-id');
  });

  it('reads a sidecar given by option, and the component given by option', async () => {
    const { url } = await startFake({
      components: [
        { ...vault, name: 'mine' },
        { ...vault, secrets: {} },
      ],
    });
    const source = discoverCredentials({
      applicationName,
      env: {},
      component: 'mine',
      dapr: { endpoint: url },
    });
    expect((await source.get()).source).toContain('component "mine"');
  });

  it.each([
    ['map', { ...bundle, atlan_auth_url: 'https://auth.example.com/token', workflow_tls_enabled: 'true' }],
    ['secret a key', undefined],
  ])('takes the auth URL and the TLS flag along from the %s', async (_what, fields) => {
    const extra = { atlan_auth_url: 'https://auth.example.com/token', workflow_tls_enabled: 'true' };
    const secrets = fields === undefined ? { ...bundle, ...extra } : { 'atlan-deployment-secrets': fields };
    const type = fields === undefined ? 'secretstores.local.file' : vault.type;
    const { url } = await startFake({ components: [{ name: component, type, secrets }] });
    const credentials = await discoverCredentials({
      applicationName,
      env: { DAPR_HTTP_ENDPOINT: url },
    }).get();
    expect(credentials).toMatchObject({ tokenUrl: 'https://auth.example.com/token', tlsEnabled: true });
  });
});

describe('the order of discoverCredentials', () => {
  it('is the environment first, and the sidecar is then not asked', async () => {
    const { fake, url } = await startFake({ components: [vault] });
    const env = { ...environment, DAPR_HTTP_ENDPOINT: url };
    const credentials = await discoverCredentials({ applicationName, env }).get();
    expect([credentials.clientId, credentials.clientSecret]).toEqual(['env-id', 'env-secret']);
    expect(credentials.source).toBe(
      'environment variables ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret',
    );
    expect(fake.requests).toEqual([]);
  });

  it('takes variables in upper case too', async () => {
    const credentials = await discoverCredentials({ applicationName, env: upperCase }).get();
    expect([credentials.clientId, credentials.clientSecret]).toEqual(['upper-id', 'upper-secret']);
    expect(credentials.source).toContain('ATLAN_POSTGRES_EXTRACTION_CLIENT_ID');
  });

  it('can be the sidecar first', async () => {
    const { url } = await startFake({ components: [vault] });
    const env = { ...environment, DAPR_HTTP_ENDPOINT: url };
    const source = discoverCredentials({ applicationName, env, order: ['dapr', 'environment'] });
    expect((await source.get()).clientId).toBe('the-id');
  });

  it('has explicit credentials before everything', async () => {
    const source = discoverCredentials({
      applicationName,
      clientId: 'my-id',
      clientSecret: 'my-secret',
      env: environment,
    });
    const credentials = await source.get();
    expect([credentials.clientId, credentials.clientSecret]).toEqual(['my-id', 'my-secret']);
    expect(credentials.source).toBe('options clientId and clientSecret');
  });
});

describe('half a pair', () => {
  it.each([
    ['ATLAN_postgres_extraction_client_id', 'ATLAN_postgres_extraction_client_secret'],
    ['ATLAN_postgres_extraction_client_secret', 'ATLAN_postgres_extraction_client_id'],
    ['ATLAN_POSTGRES_EXTRACTION_CLIENT_ID', 'ATLAN_POSTGRES_EXTRACTION_CLIENT_SECRET'],
  ])(
    'in the environment, %s alone, is an error and no reason to look elsewhere',
    async (present, missing) => {
      const { fake, url } = await startFake({ components: [vault] });
      const env = { [present]: 'half', DAPR_HTTP_ENDPOINT: url };
      const error = await rejection(discoverCredentials({ applicationName, env }).get());
      expect(error).toBeInstanceOf(IncompleteCredentialsError);
      expect(String(error)).toContain(`has ${present} but no ${missing}`);
      expect(fake.requests).toEqual([]);
    },
  );

  it('is not completed from the other spelling, which may be of another time', async () => {
    const env = { ATLAN_postgres_extraction_client_id: 'lower-id', ...upperCase };
    expect(await rejection(discoverCredentials({ applicationName, env }).get())).toBeInstanceOf(
      IncompleteCredentialsError,
    );
  });

  it.each([
    ['a map', vault.type, { 'atlan-deployment-secrets': { postgres_extraction_client_id: 'half' } }],
    ['one secret a key', 'secretstores.local.file', { postgres_extraction_client_id: 'half' }],
  ])('in the component, in %s, is an error', async (_what, type, secrets) => {
    const error = await failureIn({ type, secrets });
    expect((error as Error).cause).toBeInstanceOf(IncompleteCredentialsError);
    expect(error).toMatchObject({
      code: 'SECRET_STORE_CREDENTIALS_INCOMPLETE',
      kind: 'configuration',
      retryable: false,
      searchedSources: [{ source: 'environment variables' }],
    });
  });

  it('in the options is an error at once', () => {
    const half = (): unknown => discoverCredentials({ applicationName, clientId: 'my-id', env: environment });
    expect(half).toThrow(IncompleteCredentialsError);
    expect(() =>
      discoverCredentials({ applicationName, clientSecret: 'my-secret', env: environment }),
    ).toThrow(IncompleteCredentialsError);
  });
});

describe('nothing found', () => {
  it('lists every place with the names that are there, and what to set', async () => {
    const secrets = { 'atlan-deployment-secrets': { query_intelligence_client_id: 'another-value' } };
    const { url } = await startFake({ components: [{ ...vault, secrets }] });
    const env = { DAPR_HTTP_ENDPOINT: url, ATLAN_postgres_client_id: 'a-value' };
    const error = await rejection(discoverCredentials({ applicationName, env }).get());
    expect(error).toBeInstanceOf(CredentialsNotFoundError);
    expect((error as Error).message.split('\n')).toEqual([
      'OAuth2 credentials not found for application "postgres-extraction". Looked at:',
      '- environment variables: ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret ' +
        'are not set; set are ATLAN_postgres_client_id',
      `- Dapr secret store component "${component}": secret "atlan-deployment-secrets" has the keys query_intelligence_client_id`,
      'Set the environment variables ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret, ' +
        'or give the secret "atlan-deployment-secrets" the keys "postgres_extraction_client_id" and ' +
        '"postgres_extraction_client_secret". "postgres_extraction_client_assertion_file" in place of the secret names a file ' +
        'with an assertion.',
    ]);
    expect(String(error)).not.toContain('-value');
  });

  it.each([
    [
      'one value that is no JSON',
      { 'atlan-deployment-secrets': 'text' },
      'is one value, and that no JSON object',
    ],
    ['an empty object', { 'atlan-deployment-secrets': '{}' }, 'is an empty JSON object'],
    [
      'nothing',
      {},
      'no secret "atlan-deployment-secrets" or "ATLAN_DEPLOYMENT_SECRETS", and no secrets "postgres_extraction_client_id"',
    ],
  ])('tells %s from the others', async (_what, secrets, words) => {
    const error = await failureIn({ type: 'secretstores.local.file', secrets });
    expect(error).toBeInstanceOf(CredentialsNotFoundError);
    expect(String(error)).toContain(words);
  });

  it('says of variables with a prefix that daprd 1.9.6 reads none', async () => {
    const type = 'secretstores.local.env';
    const prefixed = { name: component, type, metadata: { prefix: 'ATLAN_' }, secrets: environment };
    const { url } = await startFake({ components: [prefixed], version: '1.9.6' });
    const error = await rejection(
      discoverCredentials({ applicationName, env: { DAPR_HTTP_ENDPOINT: url } }).get(),
    );
    expect(String(error)).toContain(
      'and no secrets "postgres_extraction_client_id" and "postgres_extraction_client_secret" (daprd before 1.11 ignores the prefix',
    );
  });

  it('says what the environment lacked when the sidecar cannot answer', async () => {
    const env = { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:9', ATLAN_postgres_client_id: 'a-value' };
    const dapr = { startupTimeoutMs: 1 };
    const error = await rejection(discoverCredentials({ applicationName, env, dapr }).get());
    expect(error).toBeInstanceOf(CredentialsUnavailableError);
    expect(error).toMatchObject({
      code: 'SECRET_STORE_SIDECAR_UNAVAILABLE',
      kind: 'connectivity',
      retryable: true,
    });
    expect(String(error)).toContain(
      'Looked at before:\n- environment variables: ATLAN_postgres_extraction_client_id and ' +
        'ATLAN_postgres_extraction_client_secret are not set; set are ATLAN_postgres_client_id',
    );
  });
});
