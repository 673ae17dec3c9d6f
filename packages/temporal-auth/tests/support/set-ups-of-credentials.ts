import { createServer } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { daprBackEndErrors } from '@worker-auth/testing-fakes';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { file, listen, setUp, type SetUp, shortMs } from './set-up.ts';

const settingRejected = 'TEMPORAL_AUTH_SETTING_REJECTED';
const component = 'deployment-secret-store';
const prefix = 'ATLAN_postgres_extraction_client_';
const vaultErrors = daprBackEndErrors['secretstores.hashicorp.vault'];

const pair = (id: string, secret: string): DiagnoseOptions => ({
  env: { [`${prefix}id`]: id, [`${prefix}secret`]: secret },
});

const settings: readonly SetUp[] = [
  setUp('the application has no name', 'application', settingRejected, {
    env: { ATLAN_APPLICATION_NAME: '' },
  }),
  setUp('ATLAN_WORKFLOW_AUTH_ENABLED is neither true nor false', 'authentication', settingRejected, {
    env: { ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps' },
  }),
  setUp('the token endpoint is http on another host', 'token-endpoint-setting', settingRejected, {
    env: { ATLAN_WORKFLOW_AUTH_URL: 'http://auth.example/token' },
  }),
  setUp("Temporal's port is none", 'temporal-setting', settingRejected, {
    env: { ATLAN_WORKFLOW_PORT: 'grpc' },
  }),
  setUp("the sidecar's address is none", 'secret-store-setting', 'SECRET_STORE_SETTING_INVALID', {
    env: { DAPR_HTTP_ENDPOINT: 'ftp://sidecar' },
  }),
];

const unreadable = ['trusted-certificates', 'DOCTOR_CERTIFICATES_UNREADABLE'] as const;

const trust: readonly SetUp[] = [
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => [
    setUp(
      `${name} names no file`,
      ...unreadable,
      { env: { [name]: '/nowhere/ca.pem' } },
      {
        says: new RegExp(
          `^${name} names /nowhere/ca\\.pem, which is not there\\. Correct it, or leave it out\\.`,
        ),
      },
    ),
    setUp(
      `${name} names a file that is no PEM`,
      ...unreadable,
      async (_scene, started) => ({ env: { [name]: await file(started, 'no PEM') } }),
      { says: new RegExp(`^${name} names /.*/file, which holds no certificate in PEM form\\.`) },
    ),
  ]),
  setUp(
    'the option ca is no PEM',
    ...unreadable,
    { ca: 'no PEM' },
    {
      says: /^ca must be certificates in PEM form\. Correct it/,
    },
  ),
];

const sidecars: readonly SetUp[] = [
  setUp('there is no sidecar', 'sidecar', 'SECRET_STORE_SIDECAR_UNREACHABLE', async ({ stack }) => {
    await stack.dapr.stop();
    return { timeoutMs: shortMs };
  }),
  setUp('the sidecar is starting', 'sidecar', 'SECRET_STORE_SIDECAR_NOT_READY', async ({ stack }) => {
    await stack.dapr.goCold('loading');
    return { timeoutMs: shortMs };
  }),
  setUp(
    'the port of Dapr is that of another HTTP server',
    'sidecar',
    'DOCTOR_NO_SIDECAR',
    async (_scene, started) => {
      const server = createServer((_request, response) => response.writeHead(404).end('<html>'));
      return { env: { DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${await listen(started, server)}` } };
    },
    {
      says: /^What answers at http:\/\/127\.0\.0\.1:\d+ is no Dapr sidecar \(it answers 404\)\. Set DAPR_HTTP_PORT/,
    },
  ),
  ...(
    [
      [403, 'component', 'SECRET_STORE_API_TOKEN_REJECTED'],
      [503, 'sidecar', 'SECRET_STORE_SIDECAR_NOT_READY'],
    ] as const
  ).map(([status, check, code]) =>
    setUp(
      `something before the sidecar answers ${status}, which is no reason to look for another`,
      check,
      code,
      async (_scene, started) => {
        const server = createServer((_request, response) => response.writeHead(status).end('RBAC'));
        const endpoint = `http://127.0.0.1:${await listen(started, server)}`;
        return { env: { DAPR_HTTP_ENDPOINT: endpoint }, timeoutMs: shortMs };
      },
    ),
  ),
  setUp(
    'the port of Dapr is that for gRPC',
    'sidecar',
    'DOCTOR_NO_SIDECAR',
    async (_scene, started) => ({
      env: { DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${await listen(started, createHttp2())}` },
      timeoutMs: shortMs,
    }),
    { says: /is no Dapr sidecar \(it speaks no HTTP, as the port for gRPC\)/ },
  ),
  setUp(
    'DAPR_API_TOKEN is not the one of the sidecar',
    'component',
    'SECRET_STORE_API_TOKEN_REJECTED',
    { env: { DAPR_API_TOKEN: 'mellon' } },
    { stack: { dapr: { apiToken: 'sesame' } } },
  ),
  setUp('no secret store component is loaded', 'component', 'SECRET_STORE_NO_COMPONENT', ({ stack }) => {
    stack.dapr.components = [];
  }),
  setUp(
    'there are several components, of other names',
    'component',
    'SECRET_STORE_AMBIGUOUS_COMPONENT',
    ({ stack }) => {
      const type = 'secretstores.hashicorp.vault';
      stack.dapr.components = ['one', 'two'].map((name) => ({ name, type, secrets: {} }));
    },
  ),
  setUp(
    'the component is misspelt, and another is there',
    'component',
    'SECRET_STORE_COMPONENT_NOT_FOUND',
    { env: { ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secretstore' } },
    {
      result: 'warning',
      says: /^The sidecar has no component "deployment-secretstore", which is set\. "deployment-secret-store", the only other,/,
    },
  ),
];

const suspect = ['credentials', 'DOCTOR_CREDENTIALS_SUSPECT'] as const;

const credentials: readonly SetUp[] = [
  setUp('there is no secret', 'secret', 'SECRET_STORE_SECRET_NOT_FOUND', ({ stack }) => {
    stack.dapr.setSecrets(component, {});
  }),
  setUp('the sidecar may not read the secret', 'secret', 'SECRET_STORE_ACCESS_DENIED', ({ stack }) => {
    stack.dapr.breakComponent(component, vaultErrors.denied);
  }),
  setUp('the back end is away', 'secret', 'SECRET_STORE_BACKEND_FAILED', ({ stack }) => {
    stack.dapr.breakComponent(component, vaultErrors.unreachable);
  }),
  setUp(
    'the keys in the secret are of another application',
    'credentials',
    'SECRET_STORE_CREDENTIALS_NOT_FOUND',
    { env: { ATLAN_APPLICATION_NAME: 'query-intelligence' } },
  ),
  setUp('the environment has half a pair', 'credentials', 'SECRET_STORE_CREDENTIALS_INCOMPLETE', {
    env: { [`${prefix}id`]: 'worker' },
  }),
  setUp(
    'the secret ends with a newline',
    ...suspect,
    ({ stack }) => pair('worker', `${stack.oauth.clientSecret}\n`),
    {
      result: 'warning',
      says: /^There is a newline or other white space around the client secret\. Store/,
      consequences: ['token-request'],
    },
  ),
  setUp(
    'there is a space after the id',
    ...suspect,
    ({ stack }) => pair('worker ', stack.oauth.clientSecret),
    {
      result: 'warning',
      says: /^There is white space around the client id\. Store/,
      consequences: ['token-request'],
    },
  ),
];

/** What is wrong before a token is asked for. */
export const setUpsOfCredentials: readonly SetUp[] = [...settings, ...trust, ...sidecars, ...credentials];
