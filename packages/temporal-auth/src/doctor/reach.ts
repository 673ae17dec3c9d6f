import { networkErrorCode, openTunnel } from '@worker-auth/internal/network';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { wayTo } from '../network/routed-options.ts';
import { bareHost, tlsName } from '../settings/host.ts';
import { type DiagnosisContext, type Found, type Problem, ProblemFound } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

/** A host, in brackets if an address of IPv6, and a port, and the proxy on the way there. */
export type Way = ReturnType<typeof wayTo>;

const dayMs = 86_400_000;

/** A certificate that ends sooner is warned of: whoever renews it by hand needs the time. */
const warnedDays = 14;

/** The addresses of a host's name (the system's resolver, as a client asks it). */
export async function resolve(context: DiagnosisContext, { hostname }: Way): Promise<string> {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return `${host} is an address`;
  const found = await context
    .inTime(`address of ${host}`, () => lookup(host, { all: true }))
    .catch(
      failed(
        DoctorCode.nameUnknown,
        (code) =>
          `No address of ${host} is known (${code}). Check the name, and the name service of this host or pod.`,
      ),
    );
  return `${host} is ${found.map(({ address }) => address).join(', ')}`;
}

/** Opens a connection, and closes it. */
export async function reach(context: DiagnosisContext, way: Way): Promise<string> {
  const socket = await open(context, way);
  socket.destroy();
  const by = way.proxy === undefined ? '' : ` by the proxy ${way.proxy.address}`;
  return `${endOf(way)} accepts connections${by}`;
}

/** A connection, through the proxy where there is one. */
export async function open(context: DiagnosisContext, way: Way): Promise<Socket> {
  const { hostname, port, proxy } = way;
  const to = endOf(way);
  if (proxy === undefined)
    return context
      .inTime(`connection to ${to}`, (signal) =>
        opened(connect({ host: bareHost(hostname), port, signal }), 'connect'),
      )
      .catch(
        failed(
          DoctorCode.connectionFailed,
          (code) => `No connection to ${to} (${code}). Check host and port, and that the server is up.`,
        ),
      );
  const said = (code: string): string => {
    const answer = code.replace(/^PROXY_/, '');
    const what = /^\d/.test(answer) ? `it answers ${answer}` : answer;
    const login = answer === '407' ? ' It wants a user name and a password in its URL, or others.' : '';
    return `The proxy ${proxy.address} opens no tunnel to ${to} (${what}).${login} Check HTTPS_PROXY (or proxy), or name the host in NO_PROXY.`;
  };
  return context
    .inTime(`tunnel to ${to} by the proxy ${proxy.address}`, (signal) => openTunnel(proxy, to, signal))
    .catch(failed(DoctorCode.proxyFailed, said));
}

/** A TLS handshake with what the client trusts and shows, and the certificate that is presented in it. */
export async function checkCertificate(
  context: DiagnosisContext,
  way: Way,
  settings: tls.ConnectionOptions,
): Promise<Found> {
  const to = endOf(way);
  const socket = await open(context, way);
  // Looked at here: why it is not trusted is what has to be told.
  const secured = tls.connect({ ...tlsName(way.hostname), socket, rejectUnauthorized: false, ...settings });
  try {
    await context.inTime(`TLS handshake with ${to}`, () => opened(secured, 'secureConnect'));
    return judgeCertificate(secured, to, context.clock.wallNow());
  } catch (error) {
    return failed(
      DoctorCode.handshakeFailed,
      (code) =>
        `No TLS with ${to} (${code}). Check whether it speaks TLS, and whether it asks for a client certificate.`,
    )(error);
  } finally {
    secured.destroy();
    socket.destroy();
  }
}

/** @param to the other end, `host:port` */
export function judgeCertificate(
  socket: Pick<tls.TLSSocket, 'getPeerCertificate' | 'authorized' | 'authorizationError' | 'getProtocol'>,
  to: string,
  nowMs: number,
): Found {
  const endsMs = Date.parse(socket.getPeerCertificate().valid_to);
  const ends = Number.isNaN(endsMs)
    ? 'at an unknown time'
    : `on ${new Date(endsMs).toISOString().slice(0, 10)}`;
  if (nowMs > endsMs)
    throw new ProblemFound(
      DoctorCode.certificateExpired,
      `The certificate of ${to} ended ${ends}. Have it renewed, and check this host's clock.`,
    );
  if (!socket.authorized) throw distrust(String(socket.authorizationError), to);
  const days = Math.floor((endsMs - nowMs) / dayMs);
  const found = {
    description: `TLS with ${to}: ${socket.getProtocol() ?? 'TLS'}, its certificate ends ${ends}, in ${days} days`,
    details: { certificateDaysLeft: days },
  };
  const error = `The certificate ends ${ends}, in ${days} days. Have it renewed before.`;
  return days < warnedDays ? { ...found, code: DoctorCode.certificateExpiring, error } : found;
}

/** Throws what `say` makes of the system's name for a failure, unless more is known already. */
export function failed(code: Problem['code'], say: (code: string) => string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ProblemFound) throw error;
    throw new ProblemFound(code, say(networkErrorCode(error) ?? 'connection closed'));
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
