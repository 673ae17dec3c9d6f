import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectProxy, type FakeStackOptions, MockOAuthServer, SigningKey } from '@worker-auth/testing-fakes';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import type { CheckResult } from '../../src/doctor/diagnosis.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis-context.ts';
import type { DiagnosisScene } from './diagnosis.ts';
import { shortMs } from './broken-stacks.ts';
import { unusedPort } from './unused-port.ts';

/** A set-up that people had, and what the doctor says of it. */
export interface SetUp {
  readonly setUp: string;
  readonly stack?: FakeStackOptions;
  readonly made: (
    scene: DiagnosisScene,
    started: AsyncDisposableStack,
  ) => DiagnoseOptions | Promise<DiagnoseOptions>;
  readonly check: CheckName;
  readonly result?: CheckResult;
  readonly code: string;
  /** Of what is said. */
  readonly says: RegExp;
}

const key = new SigningKey('ES256');
const clientId = 'worker';
const signing: FakeStackOptions = { oauth: { clients: [{ clientId, jwks: { keys: [key.publicJwk] } }] } };
const prefix = 'ATLAN_postgres_extraction_client_';

async function file(started: AsyncDisposableStack, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  started.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'file'), text);
  return join(folder, 'file');
}

async function listen(started: AsyncDisposableStack, server: Server | Http2Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  started.defer(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return String((server.address() as AddressInfo).port);
}

/** Everything that the scene has, over a proxy, for a server of a name that the proxy alone knows. */
async function byProxy(
  { stack }: DiagnosisScene,
  started: AsyncDisposableStack,
  login: string,
): Promise<DiagnoseOptions> {
  const routes = { 'issuer.invalid:8080': Number(new URL(stack.oauth.tokenUrl).port) };
  const { port } = started.use(await ConnectProxy.start({ routes, login: 'worker:right' }));
  const { clientSecret } = stack.oauth;
  return {
    env: { HTTPS_PROXY: `http://${login}@127.0.0.1:${port}` },
    ...{ clientId, clientSecret, proxy: `http://${login}@127.0.0.1:${port}` },
    ...{ authUrl: 'http://issuer.invalid:8080/token', token: { allowInsecureHttp: true } },
  };
}

/** An assertion in a file. */
function asserting(claims: (scene: DiagnosisScene) => Readonly<Record<string, unknown>>): SetUp['made'] {
  return async (scene, started) => {
    const aud = scene.stack.oauth.issuer;
    const exp = Math.floor(Date.now() / 1_000) + 300;
    const assertion = key.signJwt({ iss: clientId, sub: clientId, aud, exp, ...claims(scene) });
    const path = await file(started, assertion);
    return { env: { [`${prefix}id`]: clientId, [`${prefix}assertion_file`]: path } };
  };
}

const plain =
  (options: DiagnoseOptions): SetUp['made'] =>
  () =>
    options;
const pair = (id: string, secret: string): DiagnoseOptions => ({
  env: { [`${prefix}id`]: id, [`${prefix}secret`]: secret },
});
const random = 'aB3dE6gH9kL2nP5rS8uW1yZ4';
const refused = { check: 'token-request', code: 'TOKEN_CLIENT_REJECTED' } as const;
const suspect = { check: 'credentials', result: 'warning', code: 'DOCTOR_CREDENTIALS_SUSPECT' } as const;
const unreadable = { check: 'trusted-certificates', code: 'DOCTOR_CERTIFICATES_UNREADABLE' } as const;

const all: readonly SetUp[] = [
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name): SetUp[] => [
    {
      setUp: `${name} names no file`,
      made: plain({ env: { [name]: '/nowhere/ca.pem' } }),
      ...unreadable,
      says: new RegExp(
        `^${name} names /nowhere/ca\\.pem, which is not there\\. Correct it, or leave it out\\.`,
      ),
    },
    {
      setUp: `${name} names a file that is no PEM`,
      made: async (_scene, started) => ({ env: { [name]: await file(started, 'no PEM') } }),
      ...unreadable,
      says: new RegExp(`^${name} names /.*/file, which holds no certificate in PEM form\\.`),
    },
  ]),
  {
    setUp: 'the option ca is no PEM',
    made: plain({ ca: 'no PEM' }),
    ...unreadable,
    says: /^ca must be certificates in PEM form\. Correct it/,
  },
  {
    setUp: 'the proxy is closed',
    made: async (scene, started) => {
      const options = await byProxy(scene, started, 'worker:right');
      return { ...options, proxy: `http://127.0.0.1:${await unusedPort()}` };
    },
    ...{ check: 'endpoint-proxy', code: 'DOCTOR_PROXY_FAILED' },
    says: /^The proxy 127\.0\.0\.1:\d+ opens no tunnel to issuer\.invalid:8080 \(ECONNREFUSED\)\./,
  },
  {
    setUp: 'the login of the proxy is wrong',
    made: (scene, started) => byProxy(scene, started, 'worker:wrong'),
    ...{ check: 'endpoint-proxy', code: 'DOCTOR_PROXY_FAILED' },
    says: /^The proxy 127\.0\.0\.1:\d+ opens no tunnel to issuer\.invalid:8080 \(it answers 407\)\. It wants a user name/,
  },
  {
    setUp: 'the port of Dapr is that of another HTTP server',
    made: async (_scene, started) => ({
      env: {
        DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${await listen(
          started,
          createServer((_request, response) => response.writeHead(404).end('<html>')),
        )}`,
      },
    }),
    ...{ check: 'sidecar', code: 'DOCTOR_NO_SIDECAR' },
    says: /^What answers at http:\/\/127\.0\.0\.1:\d+ is no Dapr sidecar \(it answers 404\)\. Set DAPR_HTTP_PORT/,
  },
  ...[403, 503].map((status): SetUp => ({
    setUp: `something before the sidecar answers ${status}, which is no reason to look for another`,
    made: async (_scene, started) => ({
      env: {
        DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${await listen(
          started,
          createServer((_request, response) => response.writeHead(status).end('RBAC')),
        )}`,
      },
      timeoutMs: shortMs,
    }),
    check: status === 403 ? 'component' : 'sidecar',
    code: status === 403 ? 'SECRET_STORE_API_TOKEN_REJECTED' : 'SECRET_STORE_SIDECAR_NOT_READY',
    says: /./,
  })),
  {
    setUp: 'the port of Dapr is that for gRPC',
    made: async (_scene, started) => ({
      env: { DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${await listen(started, createHttp2())}` },
      timeoutMs: shortMs,
    }),
    ...{ check: 'sidecar', code: 'DOCTOR_NO_SIDECAR' },
    says: /is no Dapr sidecar \(it speaks no HTTP, as the port for gRPC\)/,
  },
  ...[
    { answers: 'with 404', status: 404 },
    { answers: 'a page', status: 200 },
  ].map(({ answers, status }): SetUp => ({
    setUp: `the port of Temporal is that of a server of HTTP/2 that answers ${answers}`,
    made: async (_scene, started) => {
      const server = createHttp2((_request, response) => response.writeHead(status).end('<html>'));
      return { env: { ATLAN_WORKFLOW_PORT: await listen(started, server) } };
    },
    ...{ check: 'temporal-system-info', code: 'DOCTOR_NO_TEMPORAL' },
    says: /^What answers at 127\.0\.0\.1:\d+ speaks HTTP\/2 and is no Temporal/,
  })),
  {
    setUp: 'the component is misspelt, and another is there',
    made: plain({ env: { ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secretstore' } }),
    ...{ check: 'component', result: 'warning', code: 'SECRET_STORE_COMPONENT_NOT_FOUND' },
    says: /^The sidecar has no component "deployment-secretstore", which is set\. "deployment-secret-store", the only other,/,
  },
  {
    setUp: 'the secret ends with a newline',
    made: ({ stack }) => pair(clientId, `${stack.oauth.clientSecret}\n`),
    ...suspect,
    says: /^There is a newline or other white space around the client secret\. Store/,
  },
  {
    setUp: 'there is a space after the id',
    made: ({ stack }) => pair(`${clientId} `, stack.oauth.clientSecret),
    ...suspect,
    says: /^There is white space around the client id\. Store/,
  },
  {
    setUp: 'the secret ends with a newline, and is refused',
    made: ({ stack }) => pair(clientId, `${stack.oauth.clientSecret}\n`),
    ...refused,
    says: /There is a newline or other white space around the client secret\./,
  },
  {
    setUp: 'id and secret are swapped',
    made: plain(pair(random, clientId)),
    ...refused,
    says: /The client id looks like a secret, and the secret like an id: swap them\.$/,
  },
  {
    setUp: 'http at an https endpoint',
    made: async ({ stack }, started) => {
      const oauth = started.use(await MockOAuthServer.start({ tls: true }));
      return {
        ...pair(clientId, stack.oauth.clientSecret),
        authUrl: oauth.tokenUrl.replace('https', 'http'),
      };
    },
    ...{ check: 'endpoint-status', code: 'DOCTOR_TLS_EXPECTED' },
    says: /^TLS is spoken at 127\.0\.0\.1:\d+, and the URL says http\. Write https/,
  },
  {
    setUp: 'the assertion is over',
    stack: signing,
    made: asserting(() => ({ exp: Math.floor(Date.now() / 1_000) - 300 })),
    ...refused,
    says: /The assertion for the credentials from environment variables ATLAN_postgres_extraction_client_id .*, file \/.*\/file: its exp was 30\d s ago; it says iss "worker"/,
  },
  {
    setUp: 'the assertion is for another audience',
    stack: signing,
    made: asserting(() => ({ aud: 'https://other.example' })),
    ...refused,
    says: /: its aud "https:\/\/other\.example" does not name http:\/\/127\.0\.0\.1:\d+\/token or its issuer; it says/,
  },
  {
    setUp: 'the assertion is of another subject',
    stack: signing,
    made: asserting(() => ({ iss: 'other', sub: 'other' })),
    ...refused,
    says: /: its sub "other" is not the client id; it says iss "other", sub "other"/,
  },
  {
    setUp: 'the pod has the Azure identity of another application',
    stack: signing,
    made: async (scene, started) => {
      const { env = {} } = await asserting(() => ({ sub: 'system:serviceaccount:orders:other' }))(
        scene,
        started,
      );
      return {
        env: {
          ...{ AZURE_CLIENT_ID: 'other', AZURE_TENANT_ID: 'tenant' },
          AZURE_FEDERATED_TOKEN_FILE: env[`${prefix}assertion_file`],
        },
      };
    },
    ...refused,
    says: /from environment variables AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, file .*: it says .* The pod has an identity of Azure, perhaps of another application: ATLAN_postgres_extraction_client_id/,
  },
  {
    setUp: 'authentication is off, and Temporal wants tokens',
    made: plain({ env: { ATLAN_WORKFLOW_AUTH_ENABLED: 'false' } }),
    ...{ check: 'temporal-namespace', code: 'TEMPORAL_AUTH_SWITCHED_OFF' },
    says: /^Authentication is off \(ATLAN_WORKFLOW_AUTH_ENABLED\), so that no token is sent, and Temporal refuses the call\./,
  },
  {
    setUp: 'the workers poll more than a frontend allows',
    made: plain({ workers: 241 }),
    ...{ check: 'temporal-polls', result: 'warning', code: 'DOCTOR_TOO_MANY_POLLS' },
    says: /^241 workers with 5 pollers of each kind have 1205 polls open, of 1200 that one frontend allows \(frontend\.namespaceCount\)/,
  },
  {
    setUp: 'the token has no sub',
    made: async ({ stack }, started) => ({
      tokenFile: await file(
        started,
        stack.oauth.mintToken({ claims: { sub: undefined, client_id: 'worker' } }),
      ),
    }),
    ...{ check: 'token-permission', code: 'DOCTOR_SUBJECT_MISSING' },
    says: /^The token has no "sub", and without one Temporal refuses every call\. "client_id" does not stand in for it\./,
  },
  {
    setUp: "the server's audience is another one",
    stack: { frontend: { audience: 'temporal' }, oauth: { audience: 'elsewhere' } },
    made: plain({ authorization: { audience: 'temporal' } }),
    ...{ check: 'token-permission', code: 'DOCTOR_AUDIENCE_OTHER' },
    says: /^The token is for "elsewhere", and Temporal wants "temporal"\./,
  },
];

/** Set-ups that were found in deployments. */
export const setUps: readonly SetUp[] = [...all];
