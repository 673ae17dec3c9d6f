import { Connection } from '@temporalio/client';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import { noAnswer } from '../errors/own-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';

/** Gives the token of one call, now; throws when there is none that Temporal could accept. */
export type TokenForCall = () => string;

/** What a connection is made of, and how long that may take. */
export interface ConnectOptions {
  readonly settings: ConnectionSettings;
  /** `undefined` when authentication is off. */
  readonly tokenForCall: TokenForCall | undefined;
  readonly namespace: string;
  /** One deadline over all of it, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Opens a client connection, which *pulls*: it asks for the token of each call when the call is made. Asks for the namespace too:
 * connecting alone only asks for GetSystemInfo, which Temporal's authorizer lets pass without any permission.
 *
 * @throws what Temporal's SDK throws, ConnectivityError at the deadline, the signal's reason; nothing is left open then
 */
export async function connectClient(options: ConnectOptions): Promise<Connection> {
  const { settings, tokenForCall, namespace, timeoutMs, clock, signal } = options;
  // Not `Connection.connect`: that keeps a connection which fails at the first call to itself, open.
  const connection = Connection.lazy({
    address: settings.address,
    tls: settings.tls,
    metadata: { ...settings.metadata },
    connectTimeout: timeoutMs,
    ...(tokenForCall && { apiKey: tokenForCall }),
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
