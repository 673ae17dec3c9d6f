import type { Interceptor } from '@grpc/grpc-js';
import {
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { TemporalTarget } from '@worker-auth/calls/errors/translate';
import { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { routedClient } from '../network/routed-options.ts';
import { wayTo } from '@worker-auth/calls/network/way-to';
import type { Network } from '@worker-auth/calls/settings/network-settings';
import { isRotating, withoutAuthorization } from '@worker-auth/calls/settings/settings';
import type { PluginSettings } from '../settings/plugin-settings.ts';
import { ProfileKey, profileKeyOf, type TemporalTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import type { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { interceptorOver, isAuthInterceptor } from './auth-interceptor.ts';
import { tlsOf } from '@worker-auth/calls/connections/temporal-tls';

/** After an outage gRPC waits up to 2 minutes before it connects again, where nobody says otherwise. */
const maxReconnectBackoffMs = 5_000;

/** Where Temporal's connections look for it. */
const defaultAddress = 'localhost:7233';

/** PluginSettings, and what presents a client to Temporal. */
export interface Presentation {
  readonly settings: PluginSettings;
  /** `undefined` when no token is sent. */
  readonly tokens: TemporalTokens | undefined;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
}

/** @param tokens `undefined` when authentication is off: the API key of a profile is sent then, if there is one */
export function presentation(settings: PluginSettings, tokens: TemporalTokens | undefined): Presentation {
  const certificates = isRotating(settings.tls) ? new ClientCertificates(settings.tls, settings) : undefined;
  return { settings, tokens: tokens ?? profileKeyOf(settings.profile), certificates };
}

/**
 * What both connections of our own have among their options. TLS with a certificate that rotates is added with that.
 *
 * @param reached the address that a connection of the user's has, for the decision about TLS
 */
export function ownOptions(
  presented: Presentation,
  reached?: string,
): Pick<ConnectionOptions, 'address' | 'metadata' | 'tls'> {
  const { settings, tokens, certificates } = presented;
  const { place, metadata, authorization } = settings;
  return {
    address: place.address,
    // Authorization of a profile would win over the token, silently.
    metadata: { ...metadata, ...(tokens === undefined && authorization) },
    ...(certificates === undefined && { tls: tlsOf(presented, reached) }),
  };
}

/**
 * Options of a user's connection with what the settings say and they do not: the address, metadata by its keys, TLS. The same where they say all,
 * and where the settings say no more than Temporal's defaults.
 */
export function completed<O extends ConnectionOptions | NativeConnectionOptions>(
  given: O,
  presented: Presentation,
): O {
  const { address, metadata = {}, tls } = ownOptions(presented, given.address);
  const known = new Set(Object.keys(given.metadata ?? {}).map((key) => key.toLowerCase()));
  const missing = Object.entries(metadata).filter(([key]) => !known.has(key.toLowerCase()));
  const { credentials }: ConnectionOptions = given;
  const isSecured = given.tls !== undefined || credentials !== undefined;
  const more = {
    // Temporal's own default is the same.
    ...(given.address === undefined && address !== defaultAddress && { address }),
    ...(missing.length > 0 && { metadata: { ...Object.fromEntries(missing), ...given.metadata } }),
    ...(!isSecured && tls !== undefined && tls !== false && { tls }),
  };
  return Object.keys(more).length === 0 ? given : { ...given, ...more };
}

/** Options of a client connection with the token on every call, and no other way to set one. The same when they are given once more. */
export function withTokenInterceptor(
  { apiKey, interceptors, channelArgs, metadata, tls, ...rest }: ConnectionOptions,
  tokens: TokenReplacement | undefined,
  network: Network,
  guard?: Interceptor,
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
    interceptors: tokens === undefined ? before : [...before, interceptorOver(tokens, guard)],
  };
  return routedClient(configured, network);
}

/** The Temporal that is called, for messages. */
export function targetOf({ settings, tokens, certificates }: Presentation): TemporalTarget {
  const { address, namespace } = settings.place;
  const { proxy } = wayTo(address, settings.network);
  return {
    address,
    namespace,
    authEnabled: tokens !== undefined,
    ...(proxy !== undefined && { proxy: proxy.address }),
    ...(tokens instanceof ProfileKey && { isApiKey: true }),
    ...(certificates !== undefined && { hasCertificate: true }),
  };
}
