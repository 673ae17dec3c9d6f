import type { Interceptor } from '@grpc/grpc-js';
import {
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { type Clock, withDeadline } from '@worker-auth/internal';
import { noResponse, tlsExpected } from '../errors/own-errors.ts';
import { callFailure, grpcCode } from '../errors/refusal.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import { type ConnectionSettings, isPlaintext } from './connection-settings.ts';
import { expectsTls } from '../network/expects-tls.ts';
import { withNamelessChannel } from '../network/nameless-channel.ts';
import { withRotatingTls } from '../network/rotating-channel.ts';
import { routedClient, shownProxy } from '../network/routed-options.ts';
import { withoutAuthorization } from '../settings/metadata.ts';
import type { Network } from '../settings/network.ts';
import { interceptorOver, isAuthInterceptor } from './auth-interceptor.ts';

/** After an outage gRPC waits up to 2 minutes before it connects again, where nobody says otherwise. */
const maxReconnectBackoffMs = 5_000;

/** What a connection is made of, and how long that may take. */
export interface ConnectOptions {
  readonly settings: ConnectionSettings;
  /** `undefined` when authentication is off. */
  readonly tokens: TokenReplacement | undefined;
  readonly namespace: string;
  /** One deadline over all of it, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once Temporal has answered a call that needs no permission. */
  readonly onGreeted: () => void;
}

/**
 * Opens a client connection, which *pulls*: it asks for the token of each attempt of a call when that is made. Asks for the namespace too:
 * connecting alone only asks for GetSystemInfo, which Temporal's authorizer lets pass without any permission.
 *
 * @throws what Temporal's SDK throws, ConnectivityError at the deadline, the signal's reason; nothing is left open then
 */
export async function connectClient(options: ConnectOptions): Promise<Connection> {
  const { settings, tokens, namespace, timeoutMs, clock, signal, onGreeted } = options;
  const { address, network, certificates } = settings;
  const place = { address, namespace, proxy: shownProxy(address, network) };
  let isOpen = false;
  const own = { interceptors: [retriesWhen(() => isOpen)], ...ownClientOptions(settings) };
  const configured = withTokenInterceptor(withRotatingTls(own, certificates, network), tokens, network);
  // Not `Connection.connect`: that keeps a connection which fails at the first call to itself, open.
  const connection = Connection.lazy({ ...configured, connectTimeout: timeoutMs });
  try {
    await withDeadline(
      (ending) =>
        connection.withAbortSignal(ending, async () => {
          await greet(connection);
          onGreeted();
          await connection.workflowService.describeNamespace({ namespace });
        }),
      { clock, timeoutMs, signal, timeoutError: () => noResponse(place, timeoutMs) },
    );
    isOpen = true;
    return connection;
  } catch (error) {
    await connection.close();
    if (isPlaintext(settings) && (await expectsTls(error, settings, clock, signal))) throw tlsExpected(place);
    throw error;
  }
}

/** Not `ensureConnected`, which waits for a connection until the deadline and then does not know why there was none. */
async function greet(connection: Connection): Promise<void> {
  try {
    await connection.workflowService.getSystemInfo({});
  } catch (error) {
    // Servers of before 2022 do not have it.
    if (callFailure(error).grpcStatus !== grpcCode.unimplemented) throw error;
  }
}

/**
 * The first failure says why there is no connection, so Temporal's retries begin once there is one. Nobody could cancel their timers either: on a
 * closed connection they would end the process.
 */
function retriesWhen(isOpen: () => boolean): Interceptor {
  const { retryableDecider, ...retries } = defaultGrpcRetryOptions();
  return makeGrpcRetryInterceptor({
    ...retries,
    retryableDecider: (attempt, status) => isOpen() && retryableDecider(attempt, status),
  });
}

/** Options of a client connection of our own, which presents nothing yet. */
export function ownClientOptions(settings: ConnectionSettings): ConnectionOptions {
  const { connection, address, tls, metadata, certificates } = settings;
  return { ...connection, ...(certificates === undefined && { tls }), address, metadata: { ...metadata } };
}

/**
 * Temporal's options of a client connection, with the token on every call, and without any other way to set one, by the way that the network
 * has for it. The same when they are given once more.
 *
 * @param tokens `undefined` when authentication is off
 * @throws ConfigurationError as {@link routedClient}
 */
export function withTokenInterceptor(
  { apiKey, interceptors, channelArgs, metadata, tls, ...rest }: ConnectionOptions,
  tokens: TokenReplacement | undefined,
  network: Network,
): ConnectionOptions {
  // As Temporal has it where no interceptors are given. They come first: each attempt of theirs asks for its token.
  const before = (interceptors ?? [makeGrpcRetryInterceptor(defaultGrpcRetryOptions())]).filter(
    (interceptor) => !isAuthInterceptor(interceptor),
  );
  const configured: ConnectionOptions = {
    ...rest,
    ...(tokens === undefined && apiKey !== undefined && { apiKey }),
    // Temporal takes one of the two.
    tls: rest.credentials === undefined && (tls ?? false),
    metadata: tokens === undefined ? { ...metadata } : withoutAuthorization(metadata),
    channelArgs: { 'grpc.max_reconnect_backoff_ms': maxReconnectBackoffMs, ...channelArgs },
    interceptors: tokens === undefined ? before : [...before, interceptorOver(tokens)],
  };
  return routedClient(withNamelessChannel(configured), network);
}
