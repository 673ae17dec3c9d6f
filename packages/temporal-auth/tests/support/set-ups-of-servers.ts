import { createServer as createHttp2 } from 'node:http2';
import {
  ConnectProxy,
  type FakeStackOptions,
  MockOAuthServer,
  SigningKey,
  testCertificates,
} from '@worker-auth/testing-fakes';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { openDeafPort } from './deaf-port.ts';
import type { DiagnosisScene } from './diagnosis.ts';
import { startRawServer } from './raw-server.ts';
import { clientSecret } from '../../src/settings/credentials.ts';
import { file, listen, setUp, type SetUp, shortMs } from './set-up.ts';
import { unusedPort } from './unused-port.ts';

const clientId = 'worker';
const prefix = 'ATLAN_postgres_extraction_client_';
const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };

const at = (authUrl: string): DiagnoseOptions => ({ env: { ATLAN_WORKFLOW_AUTH_URL: authUrl } });

/** Everything that the scene has, over a proxy, for a server of a name that the proxy alone knows. */
async function byProxy(
  { stack }: DiagnosisScene,
  started: AsyncDisposableStack,
  login: string,
): Promise<DiagnoseOptions> {
  const routes = { 'issuer.invalid:8080': Number(new URL(stack.oauth.tokenUrl).port) };
  const { port } = started.use(await ConnectProxy.start({ routes, login: 'worker:right' }));
  const { clientSecret: secret } = stack.oauth;
  return {
    env: { HTTPS_PROXY: `http://${login}@127.0.0.1:${port}` },
    proxy: `http://${login}@127.0.0.1:${port}`,
    credentials: clientSecret({
      ...{ id: clientId, secret, tokenUrl: 'http://issuer.invalid:8080/token', allowInsecureHttp: true },
    }),
  };
}

const endpoints: readonly SetUp[] = [
  setUp('nothing says where the token endpoint is', 'endpoint-address', 'TOKEN_ENDPOINT_UNKNOWN', at('')),
  setUp(
    "the token endpoint's name is unknown",
    'endpoint-dns',
    'DOCTOR_NAME_UNKNOWN',
    at('https://nowhere.invalid/token'),
  ),
  setUp(
    'the proxy is closed',
    'endpoint-proxy',
    'DOCTOR_PROXY_FAILED',
    async (scene, started) => {
      const options = await byProxy(scene, started, 'worker:right');
      return { ...options, proxy: `http://127.0.0.1:${await unusedPort()}` };
    },
    { says: /^The proxy 127\.0\.0\.1:\d+ opens no tunnel to issuer\.invalid:8080 \(ECONNREFUSED\)\./ },
  ),
  setUp(
    'the login of the proxy is wrong',
    'endpoint-proxy',
    'DOCTOR_PROXY_FAILED',
    (scene, started) => byProxy(scene, started, 'worker:wrong'),
    {
      says: /^The proxy 127\.0\.0\.1:\d+ opens no tunnel to issuer\.invalid:8080 \(it answers 407\)\. It wants a user name/,
    },
  ),
  setUp('the OAuth server is down', 'endpoint-tcp', 'DOCTOR_CONNECTION_FAILED', async ({ stack }) => {
    await stack.oauth.stop();
  }),
  setUp(
    'a firewall drops what goes to the token endpoint',
    'endpoint-tcp',
    'DOCTOR_CONNECTION_TIMED_OUT',
    async (_scene, started) => {
      const { port } = started.use(await openDeafPort());
      return { ...at(`http://127.0.0.1:${port}/token`), timeoutMs: shortMs };
    },
  ),
  setUp(
    "the token endpoint's authority is not trusted",
    'endpoint-tls',
    'DOCTOR_CERTIFICATE_UNTRUSTED',
    {},
    {
      stack: { oauth: { tls: true } },
    },
  ),
  setUp('the token endpoint speaks plaintext', 'endpoint-tls', 'DOCTOR_TLS_HANDSHAKE_FAILED', ({ stack }) =>
    at(stack.oauth.tokenUrl.replace('http:', 'https:')),
  ),
  setUp(
    'http at an https endpoint',
    'endpoint-status',
    'DOCTOR_TLS_EXPECTED',
    async (_scene, started) => {
      const oauth = started.use(await MockOAuthServer.start({ tls: true }));
      return at(oauth.tokenUrl.replace('https', 'http'));
    },
    { says: /^TLS is spoken at 127\.0\.0\.1:\d+, and the URL says http\. Write https/ },
  ),
  ...(
    [
      ['never answers', 'neverAnswers', 'TOKEN_REQUEST_TIMED_OUT'],
      ['answers 503', 'unavailable503', 'TOKEN_ENDPOINT_UNAVAILABLE'],
      ['asks for fewer requests', 'throttled429', 'TOKEN_REQUEST_THROTTLED'],
      ['is a page to sign in', 'html200', 'TOKEN_RESPONSE_INVALID'],
      ['redirects', 'redirect307', 'TOKEN_REQUEST_REDIRECTED'],
    ] as const
  ).map(([does, fault, code]) =>
    setUp(`the token endpoint ${does}`, 'endpoint-status', code, ({ stack }) => {
      stack.oauth.failWith(fault);
      return { timeoutMs: shortMs };
    }),
  ),
  setUp('there is no token endpoint at the path', 'endpoint-status', 'TOKEN_REQUEST_REJECTED', ({ stack }) =>
    at(`${stack.oauth.tokenUrl}/v2`),
  ),
];

const key = new SigningKey('ES256');
const signing: FakeStackOptions = { oauth: { clients: [{ clientId, jwks: { keys: [key.publicJwk] } }] } };
const clientRejected = ['token-request', 'TOKEN_CLIENT_REJECTED'] as const;

/** A client with an assertion in a file. */
function asserting(
  title: string,
  claims: Readonly<Record<string, unknown>>,
  says: RegExp,
  envOf = (path: string): Readonly<Record<string, string>> => ({
    [`${prefix}id`]: clientId,
    [`${prefix}assertion_file`]: path,
  }),
): SetUp {
  const make = async ({ stack }: DiagnosisScene, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
    const exp = Math.floor(Date.now() / 1_000) + 300;
    const usual = { iss: clientId, sub: clientId, aud: stack.oauth.issuer, exp };
    return { env: envOf(await file(started, key.signJwt({ ...usual, ...claims }))) };
  };
  return setUp(title, ...clientRejected, make, { stack: signing, says });
}

const pair = (id: string, secret: string): DiagnoseOptions => ({
  env: { [`${prefix}id`]: id, [`${prefix}secret`]: secret },
});

const tokens: readonly SetUp[] = [
  setUp('the client secret was rotated at the OAuth server alone', ...clientRejected, ({ stack }) => {
    stack.oauth.rotateClientSecret();
  }),
  setUp(
    'the secret ends with a newline, and is rejected',
    ...clientRejected,
    ({ stack }) => pair(clientId, `${stack.oauth.clientSecret}\n`),
    { says: /There is a newline or other white space around the client secret\./ },
  ),
  setUp('id and secret are swapped', ...clientRejected, pair('aB3dE6gH9kL2nP5rS8uW1yZ4', clientId), {
    says: /The client id looks like a secret, and the secret like an id: swap them\.$/,
  }),
  asserting(
    'the assertion is over',
    { exp: Math.floor(Date.now() / 1_000) - 300 },
    /The assertion for the credentials from environment variables ATLAN_postgres_extraction_client_id .*, file \/.*\/file: its exp was 3\d\d s ago; it says iss "worker"/,
  ),
  asserting(
    'the assertion is for another audience',
    { aud: 'https://other.example' },
    /: its aud "https:\/\/other\.example" does not name http:\/\/127\.0\.0\.1:\d+\/token or its issuer; it says/,
  ),
  asserting(
    'the assertion is of another subject',
    { iss: 'other', sub: 'other' },
    /: its sub "other" is not the client id; it says iss "other", sub "other"/,
  ),
  asserting(
    'the pod has the Azure identity of another application',
    { sub: 'system:serviceaccount:orders:other' },
    /from environment variables AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, file .*: it says .* The pod has an identity of Azure, perhaps of another application: ATLAN_postgres_extraction_client_id/,
    (path) => ({ AZURE_CLIENT_ID: 'other', AZURE_TENANT_ID: 'tenant', AZURE_FEDERATED_TOKEN_FILE: path }),
  ),
  setUp('the client may not have the audience', 'token-request', 'TOKEN_REQUEST_DENIED', ({ stack }) => {
    stack.oauth.failWith('forbidden403');
  }),
  setUp('the scope is unknown', 'token-request', 'TOKEN_REQUEST_REJECTED', ({ stack }) => {
    stack.oauth.failWith('invalidScope');
  }),
  ...(
    [
      ['may only read', 'default:read', 'temporal-write'],
      ['is for another namespace', 'elsewhere:write', 'temporal-namespace'],
    ] as const
  ).map(([what, permission, consequence]) =>
    setUp(
      `the token ${what}`,
      'token-permission',
      'DOCTOR_PERMISSION_MISSING',
      ({ stack }) => {
        stack.oauth.permissions = [permission];
      },
      { consequences: [consequence] },
    ),
  ),
  setUp(
    'the token has no sub',
    'token-permission',
    'DOCTOR_SUBJECT_MISSING',
    async ({ stack }, started) => {
      const claims = { sub: undefined, client_id: 'worker' };
      return { tokenFile: await file(started, stack.oauth.mintToken({ claims })) };
    },
    {
      consequences: ['temporal-system-info'],
      says: /^The token has no "sub", and without one Temporal rejects every call\. "client_id" does not stand in for it\./,
    },
  ),
  setUp(
    "the server's audience is another one",
    'token-permission',
    'DOCTOR_AUDIENCE_OTHER',
    { authorization: { audience: 'temporal' } },
    {
      stack: { frontend: { audience: 'temporal' }, oauth: { audience: 'elsewhere' } },
      consequences: ['temporal-system-info'],
      says: /^The token is for "elsewhere", and Temporal wants "temporal"\./,
    },
  ),
];

const callRejected = ['temporal-system-info', 'TEMPORAL_AUTH_CALL_REJECTED'] as const;
const unavailable = ['temporal-system-info', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE'] as const;
const tls = { frontend: { tls: true } } as const;

const temporals: readonly SetUp[] = [
  setUp('Temporal is down', 'temporal-tcp', 'DOCTOR_CONNECTION_FAILED', async ({ stack }) => {
    await stack.frontend?.stop();
  }),
  setUp("Temporal's name is unknown", 'temporal-dns', 'DOCTOR_NAME_UNKNOWN', {
    env: { ATLAN_WORKFLOW_HOST: 'nowhere.invalid' },
  }),
  setUp(
    'TLS is on at Temporal alone',
    'temporal-system-info',
    'TEMPORAL_AUTH_TLS_FAILED',
    {},
    { stack: tls },
  ),
  setUp('TLS is on here alone', 'temporal-tls', 'DOCTOR_TLS_HANDSHAKE_FAILED', { tls: true }),
  setUp(
    "Temporal's authority is not trusted",
    'temporal-tls',
    'DOCTOR_CERTIFICATE_UNTRUSTED',
    { tls: true },
    {
      stack: tls,
    },
  ),
  setUp(
    "Temporal's certificate is for another name",
    'temporal-tls',
    'DOCTOR_CERTIFICATE_OF_OTHER_NAME',
    { tls: { ...trusted, serverNameOverride: 'temporal.example' } },
    { stack: tls },
  ),
  setUp('what listens there is a web server', ...unavailable, async (_scene, started) => {
    const { port } = started.use(await startRawServer('http1'));
    return { env: { ATLAN_WORKFLOW_PORT: String(port) } };
  }),
  ...(
    [
      ['with 404', 404],
      ['a page', 200],
    ] as const
  ).map(([what, status]) =>
    setUp(
      `the port of Temporal is that of a server of HTTP/2 that answers ${what}`,
      'temporal-system-info',
      'DOCTOR_NO_TEMPORAL',
      async (_scene, started) => {
        const server = createHttp2((_request, response) => response.writeHead(status).end('<html>'));
        return { env: { ATLAN_WORKFLOW_PORT: await listen(started, server) } };
      },
      { says: /^What answers at 127\.0\.0\.1:\d+ speaks HTTP\/2 and is no Temporal/ },
    ),
  ),
  setUp('Temporal does not know the key that signed the token', ...callRejected, ({ stack }) => {
    stack.oauth.rotateSigningKey({ publish: false });
  }),
  setUp(
    'a proxy before Temporal wants another audience',
    ...callRejected,
    {},
    {
      stack: { frontend: { speaks: 'envoy', audience: 'temporal' }, oauth: { audience: 'elsewhere' } },
    },
  ),
  setUp('an ingress that knows no gRPC rejects', ...callRejected, ({ stack }) => {
    stack.frontend?.failWith('html401');
  }),
  setUp('Temporal never answers', ...unavailable, ({ stack }) => {
    stack.frontend?.failWith('neverAnswers');
    return { timeoutMs: shortMs };
  }),
  setUp(
    'there is no such namespace',
    'temporal-namespace',
    'TEMPORAL_AUTH_NAMESPACE_UNKNOWN',
    { env: { ATLAN_WORKFLOW_NAMESPACE: 'elsewhere' } },
    { stack: { oauth: { permissions: ['elsewhere:write'] } } },
  ),
  setUp(
    'authentication is off, and Temporal wants tokens',
    'temporal-namespace',
    'TEMPORAL_AUTH_SWITCHED_OFF',
    { env: { ATLAN_WORKFLOW_AUTH_ENABLED: 'false' } },
    {
      says: /^Authentication is off \(ATLAN_WORKFLOW_AUTH_ENABLED\), so that no token is sent, and Temporal rejects the call\./,
    },
  ),
  setUp(
    'the workers poll more than a frontend allows',
    'temporal-polls',
    'DOCTOR_TOO_MANY_POLLS',
    { workers: 241 },
    {
      result: 'warning',
      says: /^241 workers with 5 pollers of each kind have 1205 polls open, of 1200 that one frontend allows \(frontend\.namespaceCount\)/,
    },
  ),
];

/** What is wrong from the token endpoint on. */
export const setUpsOfServers: readonly SetUp[] = [...endpoints, ...tokens, ...temporals];
