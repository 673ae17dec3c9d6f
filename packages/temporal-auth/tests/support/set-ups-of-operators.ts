import { generateKeyPairSync } from 'node:crypto';
import {
  type FakeStackOptions,
  plantSecret,
  SigningKey,
  testClientCertificate,
} from '@worker-auth/testing-fakes';
import { testCertificates } from '@worker-auth/testing-fakes';
import { file, setUp, type SetUp, variables } from './set-up.ts';

const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };
const rejected = 'TEMPORAL_AUTH_SETTING_REJECTED';
const mutual: FakeStackOptions = { frontend: { tls: true, requireClientCertificate: true } };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const registered = new SigningKey('ES256');

function answers(error: string, description: string, status = 401) {
  const body = JSON.stringify({ error, error_description: description });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

const certificates: readonly SetUp[] = [
  setUp(
    'Temporal does not know the authority of the client certificate',
    ['temporal-connection', 'DOCTOR_TLS_HANDSHAKE_FAILED'],
    [
      /closes the connection after the TLS handshake, in which a client certificate was shown/,
      /that it trusts their authority/,
    ],
    () => {
      const { cert, key: its } = testClientCertificate({ selfSigned: true });
      const clientCertPair = { crt: Buffer.from(cert), key: Buffer.from(its) };
      return { tls: { ...trusted, clientCertPair } };
    },
    { stack: mutual },
  ),
  setUp(
    'the client certificate is named without its key',
    ['temporal-setting', rejected],
    [/^TEMPORAL_TLS_CLIENT_CERT_PATH is set, without TEMPORAL_TLS_CLIENT_KEY_PATH: /, /^Set both/],
    async (_scene, started) => ({
      ...variables({ TEMPORAL_TLS_CLIENT_CERT_PATH: await file(started, testClientCertificate().cert) }),
      tls: false,
    }),
    { result: 'warning' },
  ),
  setUp(
    'the file of the client certificate is missing',
    ['temporal-setting', rejected],
    [
      /^TEMPORAL_TLS_CLIENT_CERT_PATH names \/nowhere\/tls\.crt, which cannot be read \(ENOENT\)\.$/,
      /^Correct it/,
    ],
    variables({
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/tls.crt',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/tls.key',
    }),
  ),
];

const answersOfTemporal: readonly SetUp[] = [
  setUp(
    'Temporal answers INTERNAL',
    ['temporal-namespace', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE'],
    [
      /^Temporal at \S+ answers, and failed with INTERNAL for namespace "default": /,
      /^See the server's log\.$/,
    ],
    ({ stack }) => {
      stack.frontend?.failWith({ status: 'INTERNAL', message: 'persistence is broken' });
    },
  ),
  setUp(
    'the namespace is misspelt',
    ['token-permission', 'DOCTOR_PERMISSION_MISSING'],
    [
      /holds \["default:write"\], and a worker needs "defualt:write"\.$/,
      /^Set TEMPORAL_NAMESPACE to "default", for which it has that right, or have/,
    ],
    variables({ ATLAN_WORKFLOW_NAMESPACE: 'defualt' }),
  ),
  setUp(
    'Temporal wants another audience, and does not say so',
    ['temporal-namespace', 'TEMPORAL_AUTH_CALL_REJECTED'],
    [/Request unauthorized/, /set WORKER_AUTH_AUDIENCE/],
    {},
    { stack: { frontend: { audience: 'temporal' }, oauth: { audience: 'elsewhere' } } },
  ),
  setUp(
    'the API key has expired',
    ['temporal-namespace', 'TEMPORAL_AUTH_CALL_REJECTED'],
    [/rejected the call/, /^The API key .* expired .*TEMPORAL_API_KEY/],
    ({ stack, env }) => ({
      env: {
        ...Object.fromEntries(Object.keys(env).map((name) => [name, ''])),
        TEMPORAL_ADDRESS: stack.frontend?.address ?? '',
        TEMPORAL_TLS: 'false',
        TEMPORAL_API_KEY: stack.oauth.mintToken({ lifetimeSeconds: -60 }),
      },
    }),
  ),
];

const tokenFiles: readonly SetUp[] = (
  [
    ['the scheme before the token', (token: string) => `Bearer ${token}`, /begins with "Bearer "/],
    [
      'the answer of a token endpoint',
      (token: string) => JSON.stringify({ access_token: token }),
      /holds JSON/,
    ],
    [
      'the same with spaces',
      (token: string) => JSON.stringify({ access_token: token }, null, 2),
      /holds JSON/,
    ],
  ] as const
).map(([what, text, said]) =>
  setUp(
    `the token file has ${what}`,
    ['token-request', 'TOKEN_FILE_UNREADABLE'],
    [said, /^Write the access token alone/],
    async ({ stack }, started) => ({ tokenFile: await file(started, text(stack.oauth.mintToken())) }),
  ),
);

const rejectedClient = ['token-request', 'TOKEN_CLIENT_REJECTED'] as const;

const clients: readonly SetUp[] = [
  setUp(
    'Keycloak has service accounts switched off for the client',
    rejectedClient,
    [
      /answered 401 unauthorized_client: Client not enabled to retrieve service account\.$/,
      /^Allow the client the client credentials grant/,
    ],
    ({ stack }) => {
      const said = answers('unauthorized_client', 'Client not enabled to retrieve service account');
      stack.oauth.failWith(said);
    },
  ),
  setUp(
    'the client is disabled',
    rejectedClient,
    [/answered 401 invalid_client: Client is disabled/, /^Enable the client/],
    ({ stack }) => {
      stack.oauth.failWith(answers('invalid_client', 'Client is disabled'));
    },
  ),
  setUp(
    'the key of the client is not registered',
    rejectedClient,
    [/answered 40/, /^Register the public key .*with the client/],
    async ({ stack }, started) => {
      const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      return {
        env: {
          ...{ ATLAN_WORKFLOW_AUTH_URL: '', WORKER_AUTH_ISSUER: stack.oauth.issuer },
          ...{ WORKER_AUTH_CLIENT_ID: 'worker', WORKER_AUTH_PRIVATE_KEY_FILE: await file(started, pem) },
        },
      };
    },
    { stack: { oauth: { clients: [{ clientId: 'worker', jwks: { keys: [registered.publicJwk] } }] } } },
  ),
];

const settings: readonly SetUp[] = [
  setUp(
    'the secret is empty, and the id is set',
    ['credentials-setting', rejected],
    [/^WORKER_AUTH_CLIENT_SECRET is empty: /, /^Set it, or check the Secret or ConfigMap/],
    variables({ WORKER_AUTH_CLIENT_ID: 'worker', WORKER_AUTH_CLIENT_SECRET: '' }),
  ),
  setUp(
    'id and secret are empty',
    ['application', rejected],
    [/^WORKER_AUTH_CLIENT_ID is empty: /, /^Set it, or check/],
    {
      env: {
        ...nothing(),
        WORKER_AUTH_ENABLED: 'true',
        WORKER_AUTH_CLIENT_ID: '',
        WORKER_AUTH_CLIENT_SECRET: '',
      },
    },
  ),
  setUp(
    'the variables have hyphens, and there is no secret',
    ['credentials', 'SECRET_STORE_CREDENTIALS_NOT_FOUND'],
    [/has hyphens/, /^Write ATLAN_postgres-extraction_client_id with underscores/],
    ({ stack }) => {
      stack.dapr.setSecrets('deployment-secret-store', {});
      const hyphens = 'ATLAN_postgres-extraction_client_';
      return variables({ [`${hyphens}id`]: 'worker', [`${hyphens}secret`]: plantSecret() });
    },
  ),
  setUp(
    'the component is misspelt, and there are several others',
    ['secret', 'SECRET_STORE_AMBIGUOUS_COMPONENT'],
    [/no secret store component "deployment-secretstore"/, /deployment-secret-store/],
    ({ stack }) => {
      const type = 'secretstores.hashicorp.vault';
      stack.dapr.components = ['deployment-secret-store', 'two'].map((name) => ({ name, type, secrets: {} }));
      return variables({ ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secretstore' });
    },
  ),
];

function nothing(): Record<string, string> {
  return { ATLAN_APPLICATION_NAME: '', ATLAN_WORKFLOW_AUTH_URL: '' };
}

/** What operators had that the other tables do not. */
export const setUpsOfOperators: readonly SetUp[] = [
  ...[...certificates, ...answersOfTemporal, ...tokenFiles, ...clients, ...settings],
];
