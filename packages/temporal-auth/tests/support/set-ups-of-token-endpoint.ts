import { createServer as createHttps } from 'node:https';
import { ConnectProxy, MockOAuthServer } from '@worker-auth/testing-fakes';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { clientSecret } from '@worker-auth/calls/settings/credentials';
import { openDeafPort } from '@worker-auth/calls/tests/deaf-port';
import type { DiagnosisScene } from './diagnosis.ts';
import { listen, setUp, type SetUp, variables } from './set-up.ts';
import { endedIntermediate, intermediate, leaf, leafKey, leafOfTheFuture, root } from './test-chain.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

const at = (authUrl: string): DiagnoseOptions => variables({ ATLAN_WORKFLOW_AUTH_URL: authUrl });

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
      ...{ id: 'worker', secret, tokenUrl: 'http://issuer.invalid:8080/token', allowInsecureHttp: true },
    }),
  };
}

/** A server of HTTPS that shows these certificates; the root is trusted. */
function showing(...certificates: readonly string[]) {
  return async (_scene: DiagnosisScene, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
    const server = createHttps({ cert: certificates.join(''), key: leafKey }, (_request, response) =>
      response.writeHead(401).end('{}'),
    );
    return { ...at(`https://127.0.0.1:${await listen(started, server)}/token`), ca: root };
  };
}

const way: readonly SetUp[] = [
  setUp(
    'nothing says where the token endpoint is',
    ['endpoint-address', 'TOKEN_ENDPOINT_UNKNOWN'],
    [/^No token endpoint is configured\.$/, /^Set WORKER_AUTH_TOKEN_URL, or the key atlan_auth_url/],
    at(''),
  ),
  setUp(
    "the token endpoint's name is unknown",
    ['endpoint-connection', 'DOCTOR_NAME_UNKNOWN'],
    [/^nowhere\.invalid has no address in DNS: [A-Z_]+\.$/, /^Check the name, and DNS/],
    at('https://nowhere.invalid/token'),
  ),
  setUp(
    'the proxy is closed',
    ['endpoint-connection', 'DOCTOR_PROXY_FAILED'],
    [
      /^The proxy 127\.0\.0\.1:\d+ opens no tunnel to issuer\.invalid:8080: connection refused \(ECONNREFUSED\)\.$/,
      /^Check HTTPS_PROXY/,
    ],
    async (scene, started) => {
      const options = await byProxy(scene, started, 'worker:right');
      return { ...options, proxy: `http://127.0.0.1:${await unusedPort()}` };
    },
  ),
  setUp(
    'the login of the proxy is wrong',
    ['endpoint-connection', 'DOCTOR_PROXY_FAILED'],
    [/opens no tunnel to issuer\.invalid:8080: it answers 407\.$/, /^Put a user name and a password/],
    (scene, started) => byProxy(scene, started, 'worker:wrong'),
  ),
  setUp(
    'the OAuth server is down',
    ['endpoint-connection', 'DOCTOR_CONNECTION_FAILED'],
    [/^No connection to 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)\.$/, /^Check host and port/],
    async ({ stack }) => {
      await stack.oauth.stop();
    },
  ),
  setUp(
    'a firewall drops what goes to the token endpoint',
    ['endpoint-connection', 'DOCTOR_CONNECTION_TIMED_OUT'],
    [/^No connection to 127\.0\.0\.1:\d+ within 5000 ms\.$/, /^Check routes, firewalls/],
    async (_scene, started) => {
      const { port } = started.use(await openDeafPort());
      return at(`http://127.0.0.1:${port}/token`);
    },
    { evidence: /^127\.0\.0\.1 port \d+: no answer$/, isLate: true },
  ),
  setUp(
    'a name has two addresses, at which nobody listens',
    ['endpoint-connection', 'DOCTOR_CONNECTION_FAILED'],
    [/^No connection to localhost:\d+: connection refused/, /^Check host and port/],
    async () => at(`http://localhost:${await unusedPort()}/token`),
    { evidence: /^127\.0\.0\.1 port \d+: connection refused \(ECONNREFUSED\)$/m },
  ),
  setUp(
    'http at an https endpoint',
    ['token-request', 'DOCTOR_TLS_EXPECTED'],
    [/^127\.0\.0\.1:\d+ speaks TLS, and the URL says http\.$/, /^Write https in WORKER_AUTH_TOKEN_URL/],
    async (_scene, started) => {
      const oauth = started.use(await MockOAuthServer.start({ tls: true }));
      return at(oauth.tokenUrl.replace('https', 'http'));
    },
  ),
];

const untrusted = ['endpoint-connection', 'DOCTOR_CERTIFICATE_UNTRUSTED'] as const;
const ended = ['endpoint-connection', 'DOCTOR_CERTIFICATE_EXPIRED'] as const;

const certificates: readonly SetUp[] = [
  setUp(
    'the token endpoint speaks plaintext',
    ['endpoint-connection', 'DOCTOR_TLS_HANDSHAKE_FAILED'],
    [/^127\.0\.0\.1:\d+ speaks plaintext, and TLS is on here/, /^Check host, port and proxy: .* Keep https/],
    ({ stack }) => at(stack.oauth.tokenUrl.replace('http:', 'https:')),
  ),
  setUp(
    "the token endpoint's authority is not trusted",
    untrusted,
    [
      /^127\.0\.0\.1:\d+ does not send the certificate CN=worker-auth test authority/,
      /set ca or NODE_EXTRA_CA_CERTS/,
    ],
    {},
    { stack: { oauth: { tls: true } }, evidence: /^a program may set it in its code/m },
  ),
  setUp(
    "the token endpoint's root is shown, and not trusted",
    untrusted,
    [/is signed by CN=test root, which is not trusted here/, /^Set ca or NODE_EXTRA_CA_CERTS/],
    async (scene, started) => ({
      ...(await showing(leaf, intermediate, root)(scene, started)),
      ca: undefined,
    }),
  ),
  setUp(
    'the token endpoint does not show its intermediate certificate',
    untrusted,
    [
      /^127\.0\.0\.1:\d+ does not send the certificate CN=test intermediate, which signed CN=localhost/,
      /^Have the server send its whole chain\./,
    ],
    showing(leaf),
    { evidence: /^CN=localhost, issued by CN=test intermediate, names DNS:localhost, .*, ends 2120-01-01$/m },
  ),
  setUp(
    'the intermediate certificate of the token endpoint has ended',
    ended,
    [
      /^CN=test intermediate, in the chain of 127\.0\.0\.1:\d+, ended on 2021-01-01\.$/,
      /^Have the server send the renewed intermediate certificate/,
    ],
    showing(leaf, endedIntermediate),
  ),
  setUp(
    'the certificate of the token endpoint is good only in the future',
    ended,
    [/^The certificate of 127\.0\.0\.1:\d+ begins on 2100-01-01/, /^Check this host's clock/],
    showing(leafOfTheFuture, intermediate),
  ),
];

/** What is wrong on the way to the token endpoint. */
export const setUpsOfTokenEndpoint: readonly SetUp[] = [...way, ...certificates];
