import type { NativeConnection } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import { type CalledPlace, noAnswer, tlsExpected } from '../errors/own-errors.ts';
import { callFailure, isRefusal } from '../errors/refusal.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { expectsTls } from '../network/expects-tls.ts';
import type { Network } from '../settings/network.ts';
import { Probe } from './probe.ts';

/** What a native connection is opened with, and how long that may take. */
export interface ConnectNativeOptions {
  readonly open: () => Promise<NativeConnection>;
  readonly place: CalledPlace & { readonly address: string };
  readonly network: Network;
  readonly isPlaintext: boolean;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once Temporal has answered a call that needs no permission. */
  readonly onGreeted: () => void;
}

/**
 * Opens a native connection for workers, and asks for what only a token with the right to write may do: otherwise a worker would be made, and
 * refused at its first poll.
 *
 * @throws what Temporal's SDK throws, ConnectivityError at the deadline, ConfigurationError where TLS is expected, the signal's reason; nothing is
 * left open then
 */
export async function connectNative(options: ConnectNativeOptions): Promise<NativeConnection> {
  const { open, place, network, isPlaintext, timeoutMs, clock, signal, onGreeted } = options;
  const connection = await openInTime(open, { clock, timeoutMs, signal }, () =>
    noAnswer(place, timeoutMs),
  ).catch(async (error: unknown) => {
    throw isPlaintext && (await expectsTls(error, { ...place, network }, clock, signal))
      ? tlsExpected(place)
      : error;
  });
  onGreeted();
  try {
    await new Probe({ ...place, clock, explain: messageOf }).check({ connection, signal });
    return connection;
  } catch (error) {
    // Any other answer says nothing of the right to write.
    if (!signal.aborted && !isRefusal(callFailure(error))) return connection;
    await connection.close();
    throw error;
  }
}

/**
 * Opens a native connection within a deadline; one that comes later is closed.
 *
 * @throws what `open` throws, the timeout error, the signal's reason
 */
export async function openInTime(
  open: () => Promise<NativeConnection>,
  bounds: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
  timeoutError: () => Error,
): Promise<NativeConnection> {
  const opening = open();
  try {
    return await withDeadline(() => opening, { ...bounds, timeoutError });
  } catch (error) {
    // Core cannot be told to give up.
    void opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  }
}
