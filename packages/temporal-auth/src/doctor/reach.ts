import { type HttpProxy, networkErrorCode, openTunnel } from '@worker-auth/internal/network';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { bareHost, hostAndPort, portOf } from '../settings/host.ts';
import { type DiagnosisContext, type Problem, ProblemFound } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

/** A host and a port, and the proxy on the way there. */
export interface Place {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly proxy?: HttpProxy | undefined;
}

/** Where a URL leads. */
export function placeOf(url: URL): Place {
  return { host: bareHost(url.hostname), port: portOf(url) };
}

/** `host:port`, as a URL has it. */
export function shownPlace({ host, port }: Place): string {
  return hostAndPort(host, port);
}

/** The addresses of a host's name (the system's resolver, as a client asks it). */
export async function resolve(context: DiagnosisContext, { host }: Place): Promise<string> {
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
export async function reach(context: DiagnosisContext, place: Place): Promise<string> {
  const socket = await open(context, place);
  socket.destroy();
  const by = place.proxy === undefined ? '' : ` by the proxy ${place.proxy.address}`;
  return `${shownPlace(place)} accepts connections${by}`;
}

/**
 * A connection, through the proxy where there is one.
 *
 * @throws ProblemFound
 */
export async function open(context: DiagnosisContext, place: Place): Promise<Socket> {
  const { host, port, proxy } = place;
  const to = shownPlace(place);
  if (proxy === undefined)
    return context
      .inTime(`connection to ${to}`, (signal) => opened(connect({ host, port, signal }), 'connect'))
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

/** Resolves to the socket at the event; rejects when it fails before it. */
export async function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  // What fails later is of no interest.
  socket.on('error', () => undefined);
  await once(socket, event);
  return socket;
}

/** Throws what `say` makes of the system's name for a failure, unless more is known already. */
export function failed(code: Problem['code'], say: (code: string) => string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ProblemFound) throw error;
    throw new ProblemFound(code, say(networkErrorCode(error) ?? 'connection closed'));
  };
}
