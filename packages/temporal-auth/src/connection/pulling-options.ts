import {
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { Network } from '../settings/network.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';
import { interceptorOver, isAuthInterceptor } from './auth-interceptor.ts';
import { withoutAuthorization } from '../settings/metadata.ts';
import { routedClient } from '../network/routed-options.ts';

/** After an outage gRPC waits up to 2 minutes before it connects again, where nobody says otherwise. */
const maxReconnectBackoffMs = 5_000;

/**
 * Temporal's options of a client connection, with the token on every call, and without any other way to set one, by the way that the network
 * has for it. The same when they are given once more.
 *
 * @param tokens `undefined` when authentication is off
 * @throws ConfigurationError as {@link routedClient}
 */
export function pullingOptions(
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
  return routedClient(configured, network);
}
