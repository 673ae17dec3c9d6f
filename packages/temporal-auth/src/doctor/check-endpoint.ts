import { networkErrorCode, openTunnel } from '@worker-auth/internal/network';
import { readTokenUrl, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import * as tls from 'node:tls';
import { wayTo } from '../network/way-to.ts';
import { bareHost, portOf, tlsName } from '../settings/host.ts';
import { readNetwork } from '../settings/network.ts';
import { shownUrl } from './check-configuration.ts';
import { type DiagnosisContext, type Found, type Problem, ProblemFound } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

/** A host, in brackets if an address of IPv6, and a port, and the proxy on the way there. */
export type Way = ReturnType<typeof wayTo>;

const { endpointUnknown, invalidCredentials } = TokenManagerErrorCode;

const dayMs = 86_400_000;

/** A certificate that ends sooner is warned of: whoever renews it by hand needs the time. */
const warnedDays = 14;

export async function checkEndpoint(context: DiagnosisContext): Promise<void> {
  const { credentials, client, options, env } = context;
  const { fetch } = options;
  const { tokenUrl, issuer, allowInsecureHttp = false } = client?.request ?? {};
  const set = tokenUrl ?? issuer;
  if (set === undefined && credentials === undefined) return;
  const url = await context.check('endpoint-address', () => {
    const given = set ?? credentials?.tokenUrl ?? '';
    const unset =
      'No token endpoint is known: set WORKER_AUTH_TOKEN_URL, or the key atlan_auth_url in the secret.';
    if (given === '') throw new ProblemFound(endpointUnknown, unset);
    const reading = readTokenUrl(given, allowInsecureHttp);
    if ('url' in reading)
      return { value: reading.url, description: `the address is ${shownUrl(reading.url)}` };
    const error = `The key atlan_auth_url of the credentials ${reading.problem}.`;
    throw new ProblemFound(invalidCredentials, error);
  });
  if (url === undefined) return;
  const found = await context.check('endpoint-proxy', async () => {
    const by = 'requests for tokens go by';
    if (fetch !== undefined) return `${by} the option fetch`;
    const network = readNetwork(options, env);
    const way = wayTo(`${url.hostname}:${portOf(url)}`, network);
    const value = { way, ca: network.certificates };
    if (way.proxy === undefined) return { value, description: `${by} no proxy` };
    await reach(context, way);
    return { value, description: `${by} the proxy ${way.proxy.address}, which opens the tunnel` };
  });
  if (fetch !== undefined)
    context.skip(['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'], 'a fetch of yours sends the requests');
  if (found === undefined) return;
  const { way, ca } = found;
  if (way.proxy === undefined) {
    await context.check('endpoint-dns', () => resolve(context, way));
    await context.check('endpoint-tcp', () => reach(context, way));
  } else context.skip(['endpoint-dns', 'endpoint-tcp'], 'that is for the proxy to do');
  if (url.protocol === 'http:') context.skip(['endpoint-tls'], 'it is http');
  else await context.check('endpoint-tls', () => checkCertificate(context, way, { ca: ca() }));
}

/** The addresses of a host's name (the system's resolver, as a client asks it). */
export async function resolve(context: DiagnosisContext, { hostname }: Way): Promise<string> {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return `${host} is an address`;
  const advice = 'Check the name, and the name service of this host or pod.';
  const found = await context
    .inTime(`address of ${host}`, () => lookup(host, { all: true }))
    .catch(failed(DoctorCode.nameUnknown, `No address of ${host} is known`, advice));
  return `${host} is ${found.map(({ address }) => address).join(', ')}`;
}

export async function reach(context: DiagnosisContext, way: Way): Promise<string> {
  const socket = await open(context, way);
  socket.destroy();
  const by = way.proxy === undefined ? '' : ` by the proxy ${way.proxy.address}`;
  return `${endOf(way)} accepts connections${by}`;
}

export async function open(context: DiagnosisContext, way: Way): Promise<Socket> {
  const { hostname, port, proxy } = way;
  const to = endOf(way);
  if (proxy === undefined) {
    const what = `connection to ${to}`;
    const start = (signal: AbortSignal): Socket => connect({ host: bareHost(hostname), port, signal });
    return context
      .inTime(what, (signal) => opened(start(signal), 'connect'))
      .catch(
        failed(DoctorCode.connectionFailed, `No ${what}`, 'Check host and port, and that the server is up.'),
      );
  }
  const what = `The proxy ${proxy.address} opens no tunnel to ${to}`;
  return context
    .inTime(`tunnel to ${to} by the proxy ${proxy.address}`, (signal) => openTunnel(proxy, to, signal))
    .catch(
      failed(DoctorCode.proxyFailed, what, 'Check HTTPS_PROXY (or proxy), or name the host in NO_PROXY.'),
    );
}

export async function checkCertificate(
  context: DiagnosisContext,
  way: Way,
  settings: tls.ConnectionOptions,
): Promise<Found> {
  const to = endOf(way);
  const socket = await open(context, way);
  try {
    // Looked at here: why it is not trusted is what has to be told. Throws for a client certificate that is none.
    const secured = tls.connect({ ...tlsName(way.hostname), socket, rejectUnauthorized: false, ...settings });
    await context.inTime(`TLS handshake with ${to}`, () => opened(secured, 'secureConnect'));
    return judgeCertificate(secured, to, context.clock.wallNow());
  } catch (error) {
    const advice = 'Check whether it speaks TLS, and whether it asks for a client certificate.';
    return failed(DoctorCode.handshakeFailed, `No TLS with ${to}`, advice)(error);
  } finally {
    // TLS over it ends with it.
    socket.destroy();
  }
}

export function judgeCertificate(socket: tls.TLSSocket, to: string, nowMs: number): Found {
  const endsMs = Date.parse(socket.getPeerCertificate().valid_to);
  const ends = Number.isNaN(endsMs)
    ? 'at an unknown time'
    : `on ${new Date(endsMs).toISOString().slice(0, 10)}`;
  const over = `The certificate of ${to} ended ${ends}. Have it renewed, and check this host's clock.`;
  if (nowMs > endsMs) throw new ProblemFound(DoctorCode.certificateExpired, over);
  if (!socket.authorized) throw distrust(String(socket.authorizationError), to);
  const days = Math.floor((endsMs - nowMs) / dayMs);
  const found = {
    description: `TLS with ${to}: ${socket.getProtocol() ?? 'TLS'}, its certificate ends ${ends}, in ${days} days`,
    details: { certificateDaysLeft: days },
  };
  const error = `The certificate ends ${ends}, in ${days} days. Have it renewed before.`;
  return days < warnedDays ? { ...found, code: DoctorCode.certificateExpiring, error } : found;
}

/** Throws a problem with the system's name for a failure, unless more is known already. */
export function failed(code: Problem['code'], what: string, advice: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ProblemFound) throw error;
    const reason = (networkErrorCode(error) ?? 'connection closed').replace(/^PROXY_/, '');
    const said = /^\d/.test(reason) ? `it answers ${reason}` : reason;
    const login = reason === '407' ? ' It wants a user name and a password in its URL, or others.' : '';
    throw new ProblemFound(code, `${what} (${said}).${login} ${advice}`.trimEnd());
  };
}

/** @param reason a code of OpenSSL's, or of Node's */
function distrust(reason: string, to: string): ProblemFound {
  const { certificateUntrusted, certificateExpired, certificateOfOtherName } = DoctorCode;
  const said = (code: string, what: string, advice: string): ProblemFound =>
    new ProblemFound(code, `The certificate of ${to} is ${what} (${reason}). ${advice}`);
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return said(certificateOfOtherName, 'for another name', 'Use one that it has, or have it issued anew.');
  if (reason === 'CERT_HAS_EXPIRED' || reason === 'CERT_NOT_YET_VALID')
    return said(certificateExpired, 'not good now', "Have it renewed, and check this host's clock.");
  const untrusted = 'signed by an authority that is not trusted here';
  return said(certificateUntrusted, untrusted, 'Set ca or NODE_EXTRA_CA_CERTS.');
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
