import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createTls } from 'node:tls';
import { testCertificates } from '@worker-auth/testing-fakes';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { openDeafPort } from '@worker-auth/calls/tests/deaf-port';
import { startRawServer } from './raw-server.ts';
import { listen, setUp, type SetUp, variables } from './set-up.ts';
import { endedIntermediate, leaf, leafKey, root } from './test-chain.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };
const unavailable = ['temporal-namespace', 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE'] as const;
const noTls = ['temporal-connection', 'DOCTOR_TLS_HANDSHAKE_FAILED'] as const;
const untrusted = ['temporal-connection', 'DOCTOR_CERTIFICATE_UNTRUSTED'] as const;
const tls = { frontend: { tls: true } } as const;
const atPort = (port: number | string): DiagnoseOptions => variables({ ATLAN_WORKFLOW_PORT: String(port) });

/** A Temporal whose TLS is of the chain of the specs. */
async function showing(started: AsyncDisposableStack, cert: string): Promise<DiagnoseOptions> {
  const port = await listen(started, createSecureServer({ cert, key: leafKey }));
  return { ...atPort(port), tls: true, ca: root };
}

/** One that speaks TLS, with these protocols. */
async function speaking(started: AsyncDisposableStack, protocol?: string): Promise<DiagnoseOptions> {
  const { cert, key } = testCertificates();
  const protocols = protocol === undefined ? {} : { ALPNProtocols: [protocol] };
  const server = createTls({ cert, key, ...protocols }, (socket) => socket.on('error', () => undefined));
  return { ...atPort(await listen(started, server)), tls: trusted };
}

const http2 = /^127\.0\.0\.1:\d+ speaks TLS, and does not agree on HTTP\/2 \(ALPN h2\)\.$/;
const turnOn = /^Turn on HTTP\/2 with ALPN at the load balancer/;

/** What is wrong on the way to Temporal. */
export const setUpsOfTemporal: readonly SetUp[] = [
  setUp(
    'Temporal is down',
    ['temporal-connection', 'DOCTOR_CONNECTION_FAILED'],
    [/^No connection to 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)\.$/, /^Check host and port/],
    async ({ stack }) => {
      await stack.frontend?.stop();
    },
    { isLate: true },
  ),
  setUp(
    'nobody listens at localhost',
    ['temporal-connection', 'DOCTOR_CONNECTION_FAILED'],
    [/^No connection to localhost:\d+: connection refused/, /^Check host and port/],
    async () =>
      variables({ ATLAN_WORKFLOW_HOST: 'localhost', ATLAN_WORKFLOW_PORT: String(await unusedPort()) }),
  ),
  setUp(
    'a firewall drops what goes to Temporal',
    ['temporal-connection', 'DOCTOR_CONNECTION_TIMED_OUT'],
    [/^No connection to 127\.0\.0\.1:\d+ within 5000 ms\.$/, /^Check routes, firewalls/],
    async (_scene, started) => atPort(started.use(await openDeafPort()).port),
    { evidence: /^127\.0\.0\.1 port \d+: no answer$/, isLate: true },
  ),
  setUp(
    "Temporal's name is unknown",
    ['temporal-connection', 'DOCTOR_NAME_UNKNOWN'],
    [/^nowhere\.invalid has no address in DNS/, /^Check the name, and DNS/],
    variables({ ATLAN_WORKFLOW_HOST: 'nowhere.invalid' }),
  ),
  setUp(
    'TLS is on at Temporal alone',
    ['temporal-namespace', 'TEMPORAL_AUTH_TLS_FAILED'],
    [/it speaks TLS, and TLS is off here\.$/, /^Set tls: true/],
    {},
    { stack: tls, evidence: /^a program may set it in its code/ },
  ),
  setUp(
    'TLS is on here alone',
    noTls,
    [
      /^127\.0\.0\.1:\d+ speaks plaintext, and TLS is on here/,
      /^Check TEMPORAL_ADDRESS\. Only if you know that this Temporal has no TLS, set TEMPORAL_TLS=false/,
    ],
    { tls: true },
  ),
  setUp(
    "Temporal's authority is not trusted",
    untrusted,
    [
      /does not send the certificate CN=worker-auth test authority.*not trusted here/,
      /set ca or NODE_EXTRA_CA_CERTS/,
    ],
    { tls: true },
    { stack: tls, evidence: /^a program may set it in its code/m },
  ),
  setUp(
    'Temporal does not show its intermediate certificate',
    untrusted,
    [
      /does not send the certificate CN=test intermediate, which signed CN=localhost/,
      /^Have the server send its whole/,
    ],
    (_scene, started) => showing(started, leaf),
  ),
  setUp(
    'the intermediate certificate of Temporal has ended',
    ['temporal-connection', 'DOCTOR_CERTIFICATE_EXPIRED'],
    [/^CN=test intermediate, in the chain of .*, ended on 2021-01-01\.$/, /renewed intermediate certificate/],
    (_scene, started) => showing(started, leaf + endedIntermediate),
  ),
  setUp(
    "Temporal's certificate is for another name",
    ['temporal-connection', 'DOCTOR_CERTIFICATE_OF_OTHER_NAME'],
    [
      /^The certificate of 127\.0\.0\.1:\d+ is for DNS:localhost, .*, and not for temporal\.example\.$/,
      /^Connect by a name that it has/,
    ],
    { tls: { ...trusted, serverNameOverride: 'temporal.example' } },
    { stack: tls },
  ),
  setUp('a load balancer agrees on no protocol', noTls, [http2, turnOn], (_scene, started) =>
    speaking(started),
  ),
  setUp('a load balancer speaks HTTP/1.1 alone', noTls, [http2, turnOn], (_scene, started) =>
    speaking(started, 'http/1.1'),
  ),
  setUp(
    'Temporal wants a client certificate',
    noTls,
    [/the server ended the TLS handshake/, /^Check whether it asks for a client certificate/],
    { tls: trusted },
    { stack: { frontend: { tls: true, requireClientCertificate: true } } },
  ),
  setUp(
    'what listens there is a web server',
    unavailable,
    [/what listens there speaks no gRPC/, /^Check TEMPORAL_ADDRESS/],
    async (_scene, started) => atPort(started.use(await startRawServer('http1')).port),
  ),
  ...[404, 200].map((status) =>
    setUp(
      `the port of Temporal is that of a server of HTTP/2 that answers ${status}`,
      ['temporal-namespace', 'DOCTOR_NO_TEMPORAL'],
      [/^What answers at 127\.0\.0\.1:\d+ speaks HTTP\/2 and is no Temporal/, /^Check TEMPORAL_ADDRESS\.$/],
      async (_scene, started) =>
        atPort(
          await listen(
            started,
            createHttp2((_request, response) => response.writeHead(status).end('<html>')),
          ),
        ),
    ),
  ),
  setUp(
    'Temporal never answers',
    unavailable,
    [/did not answer within 5000 ms/, /^Check TEMPORAL_ADDRESS, that the server is up/],
    ({ stack }) => {
      stack.frontend?.failWith('neverAnswers');
    },
    { isLate: true },
  ),
  setUp(
    'Temporal limits the calls',
    unavailable,
    [
      /^Temporal at 127\.0\.0\.1:\d+ limits the calls .*: .*namespace rate limit exceeded\.$/,
      /^Raise the limit/,
    ],
    ({ stack }) => {
      stack.frontend?.failWith('throttled');
    },
  ),
  setUp(
    'what stands before Temporal has no upstream',
    unavailable,
    [/no healthy upstream/, /^Check TEMPORAL_ADDRESS, and that the server is up/],
    ({ stack }) => {
      stack.frontend?.failWith('unavailable');
    },
  ),
];
