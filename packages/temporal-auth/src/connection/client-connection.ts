import {
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { noAnswer } from '../errors/own-errors.ts';
import { authInterceptor } from './auth-interceptor.ts';
import type { ConnectionSettings } from './connection-settings.ts';

/** After an outage gRPC waits up to 2 minutes before it connects again, where nobody says otherwise. */
const maxReconnectBackoffMs = 5_000;

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
  const connection = Connection.lazy({
    ...clientConnectionOptions(settings, tokens, clock),
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

/** What the user gave for it, under what this package has to decide. */
function clientConnectionOptions(
  { address, tls, metadata, connection: { interceptors, channelArgs, ...rest } = {} }: ConnectionSettings,
  tokens: TokenSource | undefined,
  clock: Clock,
): ConnectionOptions {
  // As Temporal has it where no interceptors are given. They come first: each attempt of theirs asks for its token.
  const before = interceptors ?? [makeGrpcRetryInterceptor(defaultGrpcRetryOptions())];
  return {
    ...rest,
    address,
    // Temporal takes one of the two.
    tls: rest.credentials === undefined && tls,
    metadata: { ...metadata },
    channelArgs: { 'grpc.max_reconnect_backoff_ms': maxReconnectBackoffMs, ...channelArgs },
    interceptors: tokens === undefined ? before : [...before, authInterceptor(tokens, { clock })],
  };
}
