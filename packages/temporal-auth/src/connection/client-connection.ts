import { Connection } from '@temporalio/client';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { noAnswer } from '../errors/own-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { pullingOptions } from './pulling-options.ts';

/** What a connection is made of, and how long that may take. */
export interface ConnectOptions {
  readonly settings: ConnectionSettings;
  /** `undefined` when authentication is off. */
  readonly tokens: TokenSource | undefined;
  readonly namespace: string;
  /** One deadline over all of it, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Opens a client connection, which *pulls*: it asks for the token of each attempt of a call when that is made. Asks for the namespace too:
 * connecting alone only asks for GetSystemInfo, which Temporal's authorizer lets pass without any permission.
 *
 * @throws what Temporal's SDK throws, ConnectivityError at the deadline, the signal's reason; nothing is left open then
 */
export async function connectClient(options: ConnectOptions): Promise<Connection> {
  const { settings, tokens, namespace, timeoutMs, clock, signal } = options;
  // Not `Connection.connect`: that keeps a connection which fails at the first call to itself, open.
  const { address, tls, metadata, connection: given } = settings;
  const connection = Connection.lazy({
    ...pullingOptions({ ...given, address, tls, metadata: { ...metadata } }, tokens, clock),
    connectTimeout: timeoutMs,
  });
  try {
    await withDeadline(
      (ending) =>
        connection.withAbortSignal(ending, async () => {
          await connection.ensureConnected();
          await connection.workflowService.describeNamespace({ namespace });
        }),
      { clock, timeoutMs, signal, timeoutError: () => noAnswer(settings.address, timeoutMs) },
    );
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
