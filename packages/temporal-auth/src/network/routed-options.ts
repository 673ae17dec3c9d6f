import type { ConnectionOptions } from '@temporalio/client';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { withDeadline } from '@worker-auth/internal';
import type { ProxyLogin } from '@worker-auth/internal/network';
import { isIP } from 'node:net';
import { settingRejected } from '@worker-auth/calls/errors/own-errors';
import { callFailure } from '@worker-auth/calls/errors/rejection';
import { connectionTrouble } from '@worker-auth/calls/errors/unreachable';
import { bareHost, isRemote } from '@worker-auth/calls/settings/host';
import type { Network } from '@worker-auth/calls/settings/network-settings';
import { isRotating } from '@worker-auth/calls/settings/settings';
import type { PluginSettings } from '../settings/plugin-settings.ts';
import { namelessChannel } from './nameless-channel.ts';
import { openSocket } from '@worker-auth/calls/network/open-socket';
import { wayTo } from '@worker-auth/calls/network/way-to';

/** A TLS handshake takes a few round trips, in milliseconds. */
const handshakeTimeoutMs = 2_000;

/** Temporal keeps the options of a connection where everybody can read them. `Buffer.from`, with which grpc-js reads this, takes its bytes; no text is made of them. */
function credentials(login: () => ProxyLogin): string {
  const valueOf = (): Buffer => Buffer.from(`${login().username}:${login().password}`);
  // eslint-disable-next-line house/syntax -- the type is that of what grpc-js reads
  return { valueOf } as unknown as string;
}

/**
 * Options of a client connection with the proxy that the network has for its address: grpc-js would look at variables of its own choice. TLS trusts
 * the network's certificates, unless `tls` has some. Options that were given here before stay as they are.
 */
export function routedClient(options: ConnectionOptions, network: Network): ConnectionOptions {
  const { address = 'localhost', channelArgs = {} } = options;
  if ('grpc.http_connect_target' in channelArgs) return options;
  const tls = trusting(options.tls, network);
  const { hostname, port, proxy } = wayTo(address, network);
  const isNameless = tls !== false && isIP(bareHost(hostname)) !== 0;
  const args = { ...(isNameless && { channelFactoryOverride: namelessChannel }), ...channelArgs };
  if (proxy === undefined) return { ...options, tls, channelArgs: { 'grpc.enable_http_proxy': 0, ...args } };
  // grpc-js asks for it in a form that no proxy understands.
  if (hostname.startsWith('['))
    throw settingRejected(
      `Temporal's client connection reaches no IPv6 address through a proxy (${proxy.address}). Or name ${hostname} in NO_PROXY.`,
    );
  return {
    ...options,
    tls,
    address: proxy.address,
    channelArgs: {
      'grpc.default_authority': `${hostname}:${port}`,
      ...args,
      'grpc.enable_http_proxy': 0,
      'grpc.http_connect_target': `dns:${hostname}:${port}`,
      ...(proxy.login && { 'grpc.http_connect_creds': credentials(proxy.login) }),
    },
  };
}

/** The same for a native connection. A `proxy` among its options wins. */
export function routedNative(options: NativeConnectionOptions, network: Network): NativeConnectionOptions {
  const tls = trusting(options.tls, network);
  const { hostname, proxy } = wayTo(options.address ?? 'localhost', network);
  if (proxy === undefined || options.proxy !== undefined) return { ...options, tls };
  if (options.dnsLoadBalancingConfig != null)
    throw settingRejected(
      `Temporal's Core balances nothing by DNS behind a proxy (${proxy.address}). Leave dnsLoadBalancingConfig out. Or name ${hostname} in NO_PROXY.`,
    );
  const { address: targetHost, login } = proxy;
  return {
    ...options,
    tls,
    proxy: { type: 'http-connect', targetHost, ...(login && { basicAuth: login() }) },
  };
}

/** @throws ConfigurationError when a connection of a client cannot be made at all, and for certificates that cannot be read */
export function checkRoutes(
  settings: Pick<PluginSettings, 'place' | 'network' | 'tls' | 'connection' | 'nativeConnection'>,
): void {
  const { place, network, tls = isRemote(place.address), connection, nativeConnection } = settings;
  const way = { address: place.address, tls: isRotating(tls) ? tls.caFile === undefined : tls };
  routedClient({ ...connection, ...way }, network);
  routedNative({ ...nativeConnection, ...way }, network);
}

/** A certificate that is given for Temporal alone wins. */
function trusting(tls: ConnectionOptions['tls'], { certificates }: Network) {
  const given = tls === true ? {} : (tls ?? false);
  const pem = given === false || given.serverRootCACertificate !== undefined ? undefined : certificates();
  return pem === undefined ? (tls ?? false) : { ...given, serverRootCACertificate: Buffer.from(pem) };
}

/**
 * Whether a plaintext connection failed with `error` since TLS is spoken at its address. A server that expects TLS closes a plaintext connection
 * without a word, as one does that is starting: only a handshake tells them apart.
 */
export async function expectsTls(
  error: unknown,
  { place, network, clock }: Pick<PluginSettings, 'place' | 'network' | 'clock'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (connectionTrouble(callFailure(error).text)?.kind !== 'silent') return false;
  const timeoutError = (): Error => new Error('no handshake in time');
  const bounds = { clock, timeoutMs: handshakeTimeoutMs, signal, timeoutError };
  return withDeadline((ending) => speaksTls(place.address, network, ending), bounds).catch(() => false);
}

/** @param protocol what is spoken over TLS */
export function speaksTls(
  address: string,
  network: Network,
  signal: AbortSignal,
  protocol: 'h2' | 'http/1.1' = 'h2',
): Promise<boolean> {
  // Nothing is said to it, and nothing it says is believed: its certificate is not looked at.
  const tls = { ALPNProtocols: [protocol], rejectUnauthorized: false };
  return openSocket(address, network, tls, signal).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}
