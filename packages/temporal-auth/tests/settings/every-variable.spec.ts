import { FakeClock, FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { ProjectedVolume } from '@worker-auth/workspace/projected-volume';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { readSwitch } from '@worker-auth/calls/settings/auth-settings';
import { readPlace, readTls } from '@worker-auth/calls/settings/host';
import { openEnvironment, readApplicationName } from '@worker-auth/calls/settings/environment-credentials';
import type { Row } from '@worker-auth/calls/settings/setting';
import { readPluginSettings } from '../../src/settings/plugin-settings.ts';
import { elsewhere, identity, place } from '@worker-auth/calls/settings/table';

type Variables = Readonly<Record<string, string>>;

const url = 'https://auth.example/token';
const pair = { WORKER_AUTH_CLIENT_ID: 'id', WORKER_AUTH_CLIENT_SECRET: 'secret' };

/** What these variables come to, for a client and for its connections. */
async function comeTo(env: Variables): Promise<Readonly<Record<string, unknown>>> {
  const application = readApplicationName(undefined, env);
  const opened = openEnvironment(
    {},
    { env, clock: new FakeClock(), onWaiting: () => undefined, isInChain: true },
  );
  const { address, namespace } = readPlace({}, env);
  const common = { application, isOn: readSwitch({}, env, application).isOn, address, namespace };
  if ('file' in opened) return { ...common, file: opened.file };
  const credentials = await opened
    .source()
    .get()
    .catch(() => undefined);
  return {
    ...common,
    tls: readTls(env),
    ...opened.request,
    ...(credentials && { ...credentials, clientSecret: credentials.clientSecret }),
  };
}

type Case = readonly [name: string, text: string, comesTo: object, beside?: Variables];

const neutral: readonly Case[] = [
  ['TEMPORAL_ADDRESS', 'temporal:443', { address: 'temporal:443' }],
  ['TEMPORAL_NAMESPACE', 'apps', { namespace: 'apps' }],
  ['WORKER_AUTH_TOKEN_URL', url, { tokenUrl: url }],
  ['WORKER_AUTH_ISSUER', url, { issuer: url }],
  ['WORKER_AUTH_METADATA_URL', url, { metadataUrl: url }],
  ['WORKER_AUTH_CLIENT_ID', 'id', { clientId: 'id' }, { WORKER_AUTH_CLIENT_SECRET: 'x' }],
  ['WORKER_AUTH_CLIENT_SECRET', ' x ', { clientSecret: ' x ' }, { WORKER_AUTH_CLIENT_ID: 'id' }],
  ['WORKER_AUTH_SCOPE', 'a b', { scope: 'a b' }],
  ['WORKER_AUTH_AUDIENCE', 'urn:api', { audience: 'urn:api' }],
  ['WORKER_AUTH_RESOURCE', 'urn:one', { resource: 'urn:one' }],
  ['WORKER_AUTH_AUTH_METHOD', 'client_secret_basic', { clientAuth: 'client_secret_basic' }, pair],
  ['WORKER_AUTH_TOKEN_FILE', '/token', { file: '/token', isOn: true }],
  ['WORKER_AUTH_PROVIDER', 'auth0', { metered: true }],
  ['WORKER_AUTH_ENABLED', 'false', { isOn: false }, pair],
  ['WORKER_AUTH_APPLICATION', 'orders', { application: 'orders' }],
];

const overTls = { ATLAN_TEMPORAL_TLS_ENABLED: '1' };
const certPath = { ATLAN_TEMPORAL_TLS_CLIENT_CERT_PATH: '/c' };
const keyPath = { ATLAN_TEMPORAL_TLS_CLIENT_KEY_PATH: '/k' };
const caPath = { ATLAN_TEMPORAL_TLS_CA_CERT_PATH: '/a' };
const allFiles = { certFile: '/c', keyFile: '/k', caFile: '/a', serverNameOverride: undefined };

/** As releases 1 to 3 of application-sdk read them. */
const ofSdk: readonly Case[] = [
  ['ATLAN_AUTH_ENABLED', 'true', { isOn: true }],
  ['ATLAN_AUTH_CLIENT_ID', 'id', { clientId: 'id' }, { ATLAN_AUTH_CLIENT_SECRET: 'x' }],
  ['ATLAN_AUTH_CLIENT_SECRET', 'x', { clientSecret: 'x' }, { ATLAN_AUTH_CLIENT_ID: 'id' }],
  ['ATLAN_AUTH_TOKEN_URL', url, { tokenUrl: url }, { ATLAN_AUTH_URL: 'https://legacy.example' }],
  ['ATLAN_AUTH_URL', url, { tokenUrl: url }],
  [
    'ATLAN_AUTH_BASE_URL',
    'https://atlan.example/',
    { tokenUrl: 'https://atlan.example/auth/realms/default/protocol/openid-connect/token' },
  ],
  ['ATLAN_AUTH_SCOPES', 'a, b,c', { scope: 'a b c' }],
  ['ATLAN_TEMPORAL_HOST', 'temporal:443', { address: 'temporal:443' }],
  ['ATLAN_TEMPORAL_HOST', 'temporal', { address: 'temporal:7233' }],
  ['ATLAN_TEMPORAL_NAMESPACE', 'apps', { namespace: 'apps' }],
  ['ATLAN_TEMPORAL_TLS_ENABLED', 'true', { tls: true }],
  ['ATLAN_TEMPORAL_TLS_ENABLED', 'false', { tls: false }, { ATLAN_TEMPORAL_TLS_DOMAIN: 'x' }],
  ['ATLAN_TEMPORAL_TLS_CLIENT_CERT_PATH', '/c', { tls: allFiles }, { ...overTls, ...keyPath, ...caPath }],
  ['ATLAN_TEMPORAL_TLS_DOMAIN', 'x', { tls: { serverNameOverride: 'x' } }, overTls],
  ['ATLAN_TEMPORAL_TLS_CLIENT_KEY_PATH', '/k', { tls: { keyFile: '/k' } }, { ...overTls, ...certPath }],
  ['ATLAN_TEMPORAL_TLS_CA_CERT_PATH', '/a', { tls: allFiles }, { ...overTls, ...certPath, ...keyPath }],
  ['ATLAN_WORKFLOW_HOST', 'temporal', { address: 'temporal:7233' }],
  ['ATLAN_WORKFLOW_PORT', '443', { address: 'localhost:443' }],
  ['ATLAN_WORKFLOW_NAMESPACE', 'apps', { namespace: 'apps' }],
  ['ATLAN_APPLICATION_NAME', 'orders', { application: 'orders' }],
  ['ATLAN_WORKFLOW_TLS_ENABLED', 'true', { tls: true }],
];

const ofOrders = { ATLAN_APPLICATION_NAME: 'or-ders' };
const withFile = {
  ...{ ...ofOrders, ATLAN_or_ders_client_id: 'id' },
  ATLAN_or_ders_client_assertion_file: '/a',
};

const ofGuide: readonly Case[] = [
  ['ATLAN_WORKFLOW_AUTH_ENABLED', 'true', { isOn: true }],
  ['ATLAN_WORKFLOW_AUTH_URL', url, { tokenUrl: url }],
  ['ATLAN_or_ders_client_id', 'id', { clientId: 'id' }, { ...ofOrders, ATLAN_or_ders_client_secret: 'x' }],
  ['ATLAN_or_ders_client_secret', 'x', { clientSecret: 'x' }, { ...ofOrders, ATLAN_or_ders_client_id: 'id' }],
  [
    'ATLAN_or_ders_client_assertion_file',
    '/a',
    { clientAssertionFile: '/a' },
    { ...ofOrders, ATLAN_or_ders_client_id: 'id' },
  ],
  ['ATLAN_or_ders_client_assertion_type', 'jwt-spiffe', { clientAssertionType: 'jwt-spiffe' }, withFile],
  ['ATLAN_atlan_auth_url', url, { tokenUrl: url, clientId: 'id' }, withFile],
  ['ATLAN_workflow_tls_enabled', 'true', { tlsEnabled: true }, withFile],
  ['ATLAN_OR_DERS_CLIENT_ID', 'id', { clientId: 'id' }, { ...ofOrders, ATLAN_OR_DERS_CLIENT_SECRET: 'x' }],
];

describe.each<readonly [family: string, cases: readonly Case[]]>([
  ['neutral', neutral],
  ['application-sdk', ofSdk],
  ['application-sdk guide', ofGuide],
])('of the variables that are %s,', (_family, cases) => {
  const named = cases.map(([name, text, comesTo, beside = {}]) => ({ name, text, comesTo, beside }));
  it.each(named)('$name is read: $text', async ({ name, text, comesTo, beside }) => {
    expect(await comeTo({ ...beside, [name]: text })).toMatchObject(comesTo);
    // Not because of what is set beside it.
    expect(await comeTo({ ...beside, [name]: '' }).catch(() => ({}))).not.toMatchObject(comesTo);
  });
});

it('each variable of application-sdk and its guide that the table has is read here', () => {
  const tried = [...ofSdk, ...ofGuide].map(([name]) => name.replace('or_ders', '<app_name>'));
  // In the secret of an application, below.
  const below = ['DEPLOYMENT_SECRET_STORE_NAME', 'ATLAN_DEPLOYMENT_SECRET_COMPONENT'];
  below.push('ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH');
  // In application-sdk.spec.ts.
  below.push('ATLAN_AUTH_CLIENT_ID_KEY', 'ATLAN_AUTH_CLIENT_SECRET_KEY');
  const table = [identity, place, elsewhere].flatMap((rows) => Object.values<Row>(rows));
  const theirs = table.flatMap(({ variables }) => variables).filter(({ family }) => family !== 'neutral');
  const names = new Set(theirs.map(({ name }) => name));
  expect([...names].filter((name) => ![...tried, ...below].includes(name))).toEqual([]);
  expect(names.size).toBeGreaterThan(30);
});

describe('a file that a variable names', () => {
  const clients = (jwk: object) => [{ clientId: 'worker', jwks: { keys: [jwk as never] } }];

  /** A client of these variables, with its log. */
  function clientOf(env: Variables, oauth: MockOAuthServer) {
    const logger = new RecordingLogger();
    const all = { WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, WORKER_AUTH_CLIENT_ID: 'worker', ...env };
    return { logger, client: new AtlanAuthClient({ env: all, logger }) };
  }

  it('has the secret, which is read again when the server rejects it', async () => {
    await using oauth = await MockOAuthServer.start({ clientId: 'worker', clientSecret: 'first' });
    await using volume = await ProjectedVolume.create('first\n');
    const { client, logger } = clientOf({ WORKER_AUTH_CLIENT_SECRET_FILE: volume.path }, oauth);
    await client.getToken();
    expect(logger.text()).toContain(
      'from environment variables WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET_FILE',
    );
    await volume.write(oauth.rotateClientSecret());
    expect(await client.refreshToken()).toBe(oauth.issuedTokens[1]);
    await client.stop();
  });

  it.each([['pkcs8', 'pem']] as const)(
    'has the private key that signs assertions, as %s %s',
    async (type, format) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
      await using oauth = await MockOAuthServer.start({ clients: clients(jwk), issuerPath: '/apps' });
      await using volume = await ProjectedVolume.create(privateKey.export({ type, format }).toString());
      const env = {
        ...{ WORKER_AUTH_PRIVATE_KEY_FILE: volume.path, WORKER_AUTH_AUTH_METHOD: 'private_key_jwt' },
        ...{ WORKER_AUTH_TOKEN_URL: '', WORKER_AUTH_ISSUER: oauth.issuer },
      };
      const { client } = clientOf(env, oauth);
      expect(await client.getToken()).toBe(oauth.issuedTokens[0]);
      expect(oauth.tokenRequests[0]?.authentication?.method).toBe('private_key_jwt');
      await client.stop();
    },
  );

  it('has an assertion', async () => {
    await using oauth = await MockOAuthServer.start({ acceptAssertion: (given) => given === 'a.b.c' });
    await using volume = await ProjectedVolume.create('a.b.c');
    const { client } = clientOf(
      { WORKER_AUTH_ASSERTION_FILE: volume.path, WORKER_AUTH_CLIENT_ID: oauth.clientId },
      oauth,
    );
    await client.getToken();
    expect(new Map(oauth.tokenRequests[0]?.form).get('client_assertion')).toBe('a.b.c');
    await client.stop();
  });

  it('is named where it is not there, and no content is', async () => {
    await using oauth = await MockOAuthServer.start();
    for (const name of ['WORKER_AUTH_CLIENT_SECRET_FILE', 'WORKER_AUTH_PRIVATE_KEY_FILE']) {
      const { client } = clientOf({ [name]: '/nowhere' }, oauth);
      await expect(client.getToken()).rejects.toThrow(
        `${name} names /nowhere, which cannot be read (ENOENT)`,
      );
      await client.stop();
    }
  });
});

describe('the secret of an application', () => {
  it.each([
    ['WORKER_AUTH_SECRET_COMPONENT', 'WORKER_AUTH_SECRET_NAME'],
    ['ATLAN_DEPLOYMENT_SECRET_COMPONENT', 'ATLAN_DEPLOYMENT_SECRET_NAME'],
    ['DEPLOYMENT_SECRET_STORE_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'],
  ])(
    'is looked for in the component and the secret that the variables name: %s, %s',
    async (componentName, name) => {
      await using oauth = await MockOAuthServer.start();
      const secrets = {
        ours: { orders_client_id: oauth.clientId, orders_client_secret: oauth.clientSecret },
      };
      const other = { name: 'other', type: 'secretstores.kubernetes', secrets: {} };
      const component = { name: 'ours', type: 'secretstores.hashicorp.vault', secrets };
      await using dapr = await FakeDaprSidecar.start({ components: [other, component], apiToken: 'sesame' });
      const env = {
        ...{
          ATLAN_APPLICATION_NAME: 'orders',
          ATLAN_WORKFLOW_AUTH_ENABLED: 'true',
          ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl,
          [name]: 'ours',
        },
        ...{
          [componentName]: 'ours',
          DAPR_HTTP_ENDPOINT: dapr.url,
          DAPR_API_TOKEN: 'sesame',
        },
      };
      await using client = new AtlanAuthClient({ env, logger: new RecordingLogger() });
      expect(await client.getToken()).toBe(oauth.issuedTokens[0]);
      expect(client.health().credentialsSource).toBe('Dapr secret store component "ours", secret "ours"');
    },
  );
});

it.each([
  ['TEMPORAL_TLS', 'true', expect.anything() as unknown],
  ['TEMPORAL_TLS_SERVER_NAME', 'x', { serverNameOverride: 'x' }],
])("Temporal's own %s is read without an option", (name, text, tls) => {
  expect(readPluginSettings({ env: { [name]: text, TEMPORAL_CONFIG_FILE: '/nowhere' } }).tls).toEqual(tls);
});
