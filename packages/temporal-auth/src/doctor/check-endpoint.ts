import { networkErrorCode, openTunnel } from '@worker-auth/internal/network';
import { readTokenUrl } from '@worker-auth/token-manager';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import * as tls from 'node:tls';
import { messageOf } from '@worker-auth/calls/errors/translate';
import { connectionTrouble, withoutTlsAdvice } from '@worker-auth/calls/errors/unreachable';
import { wayTo } from '@worker-auth/calls/network/way-to';
import { bareHost, portOf, tlsName } from '@worker-auth/calls/settings/host';
import { readNetwork } from '@worker-auth/calls/settings/network-settings';
import { shownUrl } from './check-configuration.ts';
import { judgeCertificates } from './certificate.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { type Problem, ProblemFound } from './problem.ts';

/** A host, in brackets if an address of IPv6, and a port, and the proxy on the way there. */
export type Way = ReturnType<typeof wayTo>;

export async function checkEndpoint(context: DiagnosisContext): Promise<void> {
  const { credentials, client, options, env } = context;
  const { fetch } = options;
  const { tokenUrl, issuer, metadataUrl, allowInsecureHttp = false } = client?.request ?? {};
  const set = tokenUrl ?? issuer ?? metadataUrl;
  if (set === undefined && credentials === undefined) return;
  const url = await context.check('endpoint-address', () => {
    const given = set ?? credentials?.tokenUrl ?? '';
    if (given === '')
      throw new ProblemFound(
        'TOKEN_ENDPOINT_UNKNOWN',
        'No token endpoint is configured.',
        'Set WORKER_AUTH_TOKEN_URL, or the key atlan_auth_url in the secret.',
      );
    const reading = readTokenUrl(given, allowInsecureHttp);
    if ('url' in reading)
      return { value: reading.url, description: `the address is ${shownUrl(reading.url)}` };
    throw new ProblemFound(
      'TOKEN_CREDENTIALS_INVALID',
      `The key atlan_auth_url of the credentials ${reading.problem}.`,
      'Correct it in the secret.',
    );
  });
  if (url === undefined) return;
  if (fetch !== undefined) {
    context.skip(['endpoint-connection'], 'a fetch of yours sends the requests');
    return;
  }
  const look = (): Promise<Found | string> => {
    const network = readNetwork(options, env);
    const way = wayTo(`${url.hostname}:${portOf(url)}`, network);
    if (url.protocol === 'http:') return reach(context, way);
    return checkCertificate(context, way, { ca: network.certificates() });
  };
  await context.check('endpoint-connection', look);
}

export async function reach(context: DiagnosisContext, way: Way): Promise<string> {
  const socket = await open(context, way);
  const description = reached(way, socket);
  socket.destroy();
  return description;
}

function reached(way: Way, { remoteAddress }: Socket): string {
  const at = way.proxy === undefined ? `at ${remoteAddress}` : `by the proxy ${way.proxy.address}`;
  return `${endOf(way)} accepts connections, ${at}`;
}

export async function open(context: DiagnosisContext, way: Way): Promise<Socket> {
  const { proxy } = way;
  const to = endOf(way);
  if (proxy === undefined) return openDirect(context, way);
  return context
    .inTime(`tunnel to ${to} by the proxy ${proxy.address}`, (signal) => openTunnel(proxy, to, signal))
    .catch(
      failed(
        'DOCTOR_PROXY_FAILED',
        `The proxy ${proxy.address} opens no tunnel to ${to}`,
        'Check HTTPS_PROXY (or proxy), or name the host in NO_PROXY.',
      ),
    );
}

/** Tries the addresses of the name one after another, as a client does, and says of each what came of it. */
async function openDirect(context: DiagnosisContext, { hostname, port }: Way): Promise<Socket> {
  const [host, to] = [bareHost(hostname), `${hostname}:${port}`];
  const results = new Map<string, string>();
  const evidence = (): string[] =>
    [...results].map(([address, result]) => `${address} port ${port}: ${result}`);
  const socket = connect({ host, port });
  socket.on('connectionAttempt', (address) => results.set(address, 'no answer'));
  socket.on('connectionAttemptFailed', (address, _port, _family, error) =>
    results.set(address, reasonOf(error)),
  );
  try {
    return await context.inTime(`connection to ${to}`, () => opened(socket, 'connect'), { evidence });
  } catch (error) {
    socket.destroy();
    if (results.size === 0)
      return failed(
        'DOCTOR_NAME_UNKNOWN',
        `${host} has no address in DNS`,
        'Check the name, and DNS of this host or pod.',
      )(error);
    if (error instanceof ProblemFound) throw error;
    throw new ProblemFound(
      'DOCTOR_CONNECTION_FAILED',
      `No connection to ${to}: ${[...new Set(results.values())].join(', ')}.`,
      'Check host and port, and that the server is up.',
      evidence(),
    );
  }
}

export async function checkCertificate(
  context: DiagnosisContext,
  way: Way,
  { ALPNProtocols, ...settings }: tls.ConnectionOptions,
): Promise<Found> {
  const to = endOf(way);
  const socket = await open(context, way);
  const names = tlsName(way.hostname);
  try {
    // Looked at here: why it is not trusted is what has to be told. Throws for a client certificate that is none.
    const secured = tls.connect({ ...names, socket, rejectUnauthorized: false, ...settings, ALPNProtocols });
    await context.inTime(`TLS handshake with ${to}`, () => opened(secured, 'secureConnect'));
    const host = settings.servername ?? bareHost(way.hostname);
    const found = judgeCertificates(secured, to, { host, nowMs: context.clock.wallNow() });
    if (ALPNProtocols !== undefined && secured.alpnProtocol === false) throw withoutHttp2(to);
    if (ALPNProtocols !== undefined && !(await isGreeted(context, secured))) {
      const shows = settings.cert === undefined ? 'no client certificate' : 'a client certificate';
      throw new ProblemFound(
        'DOCTOR_TLS_HANDSHAKE_FAILED',
        `${to} closes the connection after the TLS handshake, in which ${shows} was shown.`,
        'Check which client certificates it asks for (tls: { certFile, keyFile }), and that it trusts their authority.',
      );
    }
    return { ...found, description: `${reached(way, socket)}; ${found.description}` };
  } catch (error) {
    const reason = networkErrorCode(error) ?? '';
    if (reason.endsWith('ALERT_NO_APPLICATION_PROTOCOL')) throw withoutHttp2(to);
    const isPlain = /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/.test(reason);
    const what = isPlain ? `${to} speaks plaintext, and TLS is on here` : `TLS with ${to} failed`;
    const plainAdvice =
      ALPNProtocols === undefined
        ? 'Check host, port and proxy: a login page or a proxy may answer in place of the server. Keep https, which hides the client secret.'
        : withoutTlsAdvice;
    const trouble = connectionTrouble(messageOf(error));
    if (trouble?.kind === 'tls' && !isPlain)
      throw new ProblemFound(
        'DOCTOR_TLS_HANDSHAKE_FAILED',
        `${what}: ${trouble.what} (${reason}).`,
        trouble.advice,
      );
    return failed(
      'DOCTOR_TLS_HANDSHAKE_FAILED',
      what,
      isPlain ? plainAdvice : 'Check whether it speaks TLS, and whether it asks for a client certificate.',
    )(error);
  } finally {
    // TLS over it ends with it.
    socket.destroy();
  }
}

/** A server of TLS 1.3 rejects a client certificate after the handshake: begins with HTTP/2, so that it says something. */
async function isGreeted(context: DiagnosisContext, socket: tls.TLSSocket): Promise<boolean> {
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0');
  const answer = () =>
    Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]);
  return context.inTime('answer', answer).catch((error: unknown) => {
    if (networkErrorCode(error)?.includes('_ALERT_') === true) throw error;
    // The next check says so.
    return true;
  });
}

function withoutHttp2(to: string): ProblemFound {
  return new ProblemFound(
    'DOCTOR_TLS_HANDSHAKE_FAILED',
    `${to} speaks TLS, and does not agree on HTTP/2 (ALPN h2).`,
    'Turn on HTTP/2 with ALPN at the load balancer before Temporal, or check TEMPORAL_ADDRESS.',
  );
}

/** Throws a problem with the system's name for a failure, unless more is known already. */
export function failed(code: Problem['code'], what: string, advice: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ProblemFound) throw error;
    const reason = reasonOf(error);
    const login = reason.endsWith('407') ? 'Put a user name and a password into its URL.' : advice;
    throw new ProblemFound(code, `${what}: ${reason}.`, login);
  };
}

function reasonOf(error: unknown): string {
  const reason = (networkErrorCode(error) ?? 'connection closed').replace(/^PROXY_/, '');
  if (/^\d/.test(reason)) return `it answers ${reason}`;
  return reason === 'ECONNREFUSED' ? 'connection refused (ECONNREFUSED)' : reason;
}

async function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  // What fails later is of no interest.
  socket.on('error', () => undefined);
  await once(socket, event);
  return socket;
}

function endOf({ hostname, port }: Way): string {
  return `${hostname}:${port}`;
}
