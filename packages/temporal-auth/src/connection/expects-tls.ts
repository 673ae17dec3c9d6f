import { type Clock, withDeadline } from '@worker-auth/inlined';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { callFailure } from '../errors/refusal.ts';
import { connectionTrouble } from '../errors/unreachable.ts';

/** A handshake takes a few round trips, in milliseconds. */
const timeoutMs = 2_000;

/**
 * Whether a plaintext connection failed since TLS is spoken at its address, found out by a handshake of which nothing comes. A server
 * that expects TLS closes a plaintext connection without a word, as one does that is starting: only this tells them apart.
 *
 * @param error what the connection failed with
 * @param address `host:port`
 */
export async function expectsTls(
  error: unknown,
  address: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  if (connectionTrouble(callFailure(error).text)?.kind !== 'silent') return false;
  return speaksTls(address, clock, signal);
}

async function speaksTls(address: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const { hostname, port } = new URL(`tls://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // Nothing is said to it, and nothing it says is believed: its certificate is not looked at.
  const socket = connect({
    ...{ host, port: Number(port), ALPNProtocols: ['h2'], rejectUnauthorized: false },
    ...(isIP(host) === 0 && { servername: host }),
  });
  socket.once('secureConnect', () => {
    resolve(true);
  });
  socket.on('error', () => {
    resolve(false);
  });
  socket.once('close', () => {
    resolve(false);
  });
  try {
    const timeoutError = (): Error => new Error('no handshake in time');
    return await withDeadline(() => promise, { clock, timeoutMs, signal, timeoutError });
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
