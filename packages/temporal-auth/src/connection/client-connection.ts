import type { Interceptor } from '@grpc/grpc-js';
import {
  type Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { callFailure, grpcCode } from '../errors/refusal.ts';
import { withNamelessChannel } from '../network/nameless-channel.ts';
import { routedClient } from '../network/routed-options.ts';
import { withoutAuthorization } from '../settings/settings.ts';
import type { Network } from '../settings/network.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import { interceptorOver, isAuthInterceptor } from './auth-interceptor.ts';

/** After an outage gRPC waits up to 2 minutes before it connects again, where nobody says otherwise. */
const maxReconnectBackoffMs = 5_000;

/** Not `ensureConnected`, which waits for a connection until the deadline and then does not know why there was none. */
export async function greet(connection: Connection): Promise<void> {
  await connection.workflowService.getSystemInfo({}).catch((error: unknown) => {
    // Servers of before 2022 do not have it.
    if (callFailure(error).grpcStatus !== grpcCode.unimplemented) throw error;
  });
}

/**
 * The first failure says why there is no connection, so Temporal's retries begin once there is one. Nobody could cancel their timers either: on a
 * closed connection they would end the process.
 */
export function retriesWhen(isOpen: () => boolean): Interceptor {
  const { retryableDecider, ...retries } = defaultGrpcRetryOptions();
  return makeGrpcRetryInterceptor({
    ...retries,
    retryableDecider: (attempt, status) => isOpen() && retryableDecider(attempt, status),
  });
}

/**
 * Temporal's options of a client connection, with the token on every call, and without any other way to set one, by the way that the network
 * has for it. The same when they are given once more.
 *
 * @param tokens `undefined` when authentication is off
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
