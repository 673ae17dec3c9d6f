import { withDeadline } from '@worker-auth/internal';
import { openTunnel } from '@worker-auth/internal/network';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { callFailure } from '../errors/refusal.ts';
import { connectionTrouble } from '../errors/unreachable.ts';
import { tlsName } from '../settings/host.ts';
import type { Network } from '../settings/network.ts';
import type { Settings } from '../settings/settings.ts';
import { wayTo } from './routed-options.ts';

/** A handshake takes a few round trips, in milliseconds. */
const timeoutMs = 2_000;

/**
 * Whether a plaintext connection failed with `error` since TLS is spoken at its address, found out by a handshake. A server that expects
 * TLS closes a plaintext connection without a word, as one does that is starting: only this tells them apart.
 */
export async function expectsTls(
  error: unknown,
  { place, network, clock }: Pick<Settings, 'place' | 'network' | 'clock'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (connectionTrouble(callFailure(error).text)?.kind !== 'silent') return false;
  const bounds = { clock, timeoutMs, signal, timeoutError: () => new Error('no handshake in time') };
  return withDeadline((ending) => speaksTls(place.address, network, ending), bounds).catch(() => false);
}

/** @param protocol what is spoken over TLS */
export async function speaksTls(
  address: string,
  network: Network,
  signal: AbortSignal,
  protocol: 'h2' | 'http/1.1' = 'h2',
): Promise<boolean> {
  const { hostname, port, proxy } = wayTo(address, network);
  const way = proxy === undefined ? { port } : { socket: await openTunnel(proxy, address, signal) };
  // Nothing is said to it, and nothing it says is believed: its certificate is not looked at.
  const tls = { ...tlsName(hostname), ALPNProtocols: [protocol], rejectUnauthorized: false };
  const socket = connect({ ...way, ...tls });
  return once(socket, 'secureConnect', { signal })
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
