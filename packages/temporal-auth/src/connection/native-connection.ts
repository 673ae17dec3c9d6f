import { NativeConnection } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { noAnswer } from '../errors/own-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { PushedConnection } from './pushed-connection.ts';

/** What a native connection is made of, and how long that may take. */
export interface ConnectNativeOptions {
  readonly settings: ConnectionSettings;
  /** `undefined` when authentication is off. */
  readonly tokens: TokenSource | undefined;
  readonly onPushFailed: (error: unknown) => void;
  /** Milliseconds, after the token is there. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A native connection that workers can be made on. */
export interface WorkerConnection {
  readonly connection: NativeConnection;
  /** The token that it took last; empty when authentication is off. */
  readonly held: string;
  /** @throws when workers still use the connection */
  close(): Promise<void>;
  /** Leaves it to the workers that hold it for ever, with the token that it has. */
  giveUp(): Promise<void>;
}

/**
 * Opens a native connection, which is *pushed*: Temporal's Core reads the token that it was last told at each attempt
 * of each call, polls of running workers included.
 *
 * @throws what the token source or Temporal's SDK throws, ConnectivityError at the deadline, the signal's reason; nothing is left
 * open then
 */
export async function connectNative(options: ConnectNativeOptions): Promise<WorkerConnection> {
  const { settings, tokens, onPushFailed, timeoutMs, clock, signal } = options;
  const held = tokens && { tokens, opened: await tokens.getToken({ signal }) };
  const opening = NativeConnection.connect({
    ...settings.nativeConnection,
    address: settings.address,
    tls: settings.tls,
    metadata: { ...settings.metadata },
    ...(held && { apiKey: held.opened }),
  });
  try {
    const timeoutError = (): Error => noAnswer(settings.address, timeoutMs);
    const connection = await withDeadline(() => opening, { clock, timeoutMs, signal, timeoutError });
    if (held === undefined) {
      return { connection, held: '', close: () => connection.close(), giveUp: () => Promise.resolve() };
    }
    const pushed = new PushedConnection({ connection, ...held, onPushFailed });
    await pushed.pushed();
    return pushed;
  } catch (error) {
    // Core cannot be told to give up: what comes after all is closed then.
    void opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  }
}
