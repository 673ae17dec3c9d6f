import { networkErrorCode, openTunnel } from '@worker-auth/internal/network';
import { readTokenUrl, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import * as tls from 'node:tls';
import { wayTo } from '../network/way-to.ts';
import { bareHost, portOf, tlsName } from '../settings/host.ts';
import { readNetwork } from '../settings/network-settings.ts';
import { shownUrl } from './check-configuration.ts';
import { judgeCertificates } from './certificate.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { type Problem, ProblemFound } from './problem.ts';

/** A host, in brackets if an address of IPv6, and a port, and the proxy on the way there. */
export type Way = ReturnType<typeof wayTo>;

const { endpointUnknown, invalidCredentials } = TokenManagerErrorCode;

export async function checkEndpoint(context: DiagnosisContext): Promise<void> {
  const { credentials, client, options, env } = context;
  const { fetch } = options;
  const { tokenUrl, issuer, allowInsecureHttp = false } = client?.request ?? {};
  const set = tokenUrl ?? issuer;
  if (set === undefined && credentials === undefined) return;
  const url = await context.check('endpoint-address', () => {
    const given = set ?? credentials?.tokenUrl ?? '';
    const toSet = 'Set WORKER_AUTH_TOKEN_URL, or the key atlan_auth_url in the secret.';
    if (given === '') throw new ProblemFound(endpointUnknown, 'No token endpoint is configured.', toSet);
    const reading = readTokenUrl(given, allowInsecureHttp);
    if ('url' in reading)
      return { value: reading.url, description: `the address is ${shownUrl(reading.url)}` };
    const cause = `The key atlan_auth_url of the credentials ${reading.problem}.`;
    throw new ProblemFound(invalidCredentials, cause, 'Correct it in the secret.');
  });
  if (url === undefined) return;
  if (fetch !== undefined) {
    context.skip(['endpoint-tcp', 'endpoint-tls'], 'a fetch of yours sends the requests');
    return;
  }
  const found = await context.check('endpoint-tcp', async () => {
    const network = readNetwork(options, env);
    const way = wayTo(`${url.hostname}:${portOf(url)}`, network);
    return { value: { way, ca: network.certificates }, description: await reach(context, way) };
  });
  if (found === undefined) return;
  if (url.protocol === 'http:') context.skip(['endpoint-tls'], 'it is http');
  else await context.check('endpoint-tls', () => checkCertificate(context, found.way, { ca: found.ca() }));
}

/** By the system's resolver, as a client asks it. */
async function addressesOf(context: DiagnosisContext, host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const advice = 'Check the name, and DNS of this host or pod.';
  const found = await context
    .inTime(`address of ${host}`, () => lookup(host, { all: true }))
    .catch(failed(DoctorCode.nameUnknown, `${host} has no address in DNS`, advice));
  return found.map(({ address }) => address);
}

export async function reach(context: DiagnosisContext, way: Way): Promise<string> {
  const socket = await open(context, way);
  const at = way.proxy === undefined ? `at ${socket.remoteAddress}` : `by the proxy ${way.proxy.address}`;
  socket.destroy();
  return `${endOf(way)} accepts connections, ${at}`;
}

export async function open(context: DiagnosisContext, way: Way): Promise<Socket> {
  const { proxy } = way;
  const to = endOf(way);
  if (proxy === undefined) return openDirect(context, way);
  const what = `The proxy ${proxy.address} opens no tunnel to ${to}`;
  return context
    .inTime(`tunnel to ${to} by the proxy ${proxy.address}`, (signal) => openTunnel(proxy, to, signal))
    .catch(
      failed(DoctorCode.proxyFailed, what, 'Check HTTPS_PROXY (or proxy), or name the host in NO_PROXY.'),
    );
}

/** Tries all addresses at once, and says of each what came of it. */
async function openDirect(context: DiagnosisContext, way: Way): Promise<Socket> {
  const to = endOf(way);
  const addresses = await addressesOf(context, bareHost(way.hostname));
  const results = new Map(addresses.map((address) => [address, 'no answer']));
  const evidence = (): string[] =>
    [...results].map(([address, result]) => `${address} port ${way.port}: ${result}`);
  const sockets = addresses.map((host) => connect({ host, port: way.port }));
  const tries = sockets.map((socket, index) =>
    opened(socket, 'connect').catch((error: unknown) => {
      results.set(addresses[index] ?? '', reasonOf(error));
      throw error;
    }),
  );
  let winner: Socket | undefined;
  try {
    winner = await context.inTime(`connection to ${to}`, () => Promise.any(tries), { evidence });
    return winner;
  } catch (error) {
    if (error instanceof ProblemFound) throw error;
    const cause = `No connection to ${to}: ${[...new Set(results.values())].join(', ')}.`;
    const remedy = 'Check host and port, and that the server is up.';
    throw new ProblemFound(DoctorCode.connectionFailed, cause, remedy, evidence());
  } finally {
    for (const socket of sockets) if (socket !== winner) socket.destroy();
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
    return found;
  } catch (error) {
    const reason = networkErrorCode(error) ?? '';
    if (reason.endsWith('ALERT_NO_APPLICATION_PROTOCOL')) throw withoutHttp2(to);
    const isPlain = /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/.test(reason);
    const what = isPlain ? `${to} speaks plaintext, and TLS is on here` : `TLS with ${to} failed`;
    const advice = isPlain
      ? 'Turn TLS off here (tls: false, or http in the URL), or check the address.'
      : 'Check whether it speaks TLS, and whether it asks for a client certificate.';
    return failed(DoctorCode.handshakeFailed, what, advice)(error);
  } finally {
    // TLS over it ends with it.
    socket.destroy();
  }
}

function withoutHttp2(to: string): ProblemFound {
  const cause = `${to} speaks TLS, and does not agree on HTTP/2 (ALPN h2).`;
  const remedy = 'Turn on HTTP/2 with ALPN at the load balancer before Temporal, or check TEMPORAL_ADDRESS.';
  return new ProblemFound(DoctorCode.handshakeFailed, cause, remedy);
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
