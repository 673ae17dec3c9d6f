import type { ConnectionOptions } from '@temporalio/client';
import type { TemporalTarget } from '../errors/translate.ts';
import { ClientCertificates } from '../network/client-certificates.ts';
import { shownProxy } from '../network/routed-options.ts';
import type { Settings } from '../settings/settings.ts';
import type { TemporalAuthOptions } from '../settings/temporal-options.ts';
import { isRotating } from '../settings/tls-options.ts';
import { type ProfileKey, profileKeyOf } from '../tokens/profile-key.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';

/** Where Temporal is, and how it is reached. */
export interface ConnectionSettings
  extends Pick<Settings, 'network'>, Partial<Pick<Settings, 'metadata' | 'connection' | 'nativeConnection'>> {
  /** `host:port`. */
  readonly address: string;
  /**
   * TLS, always decided here: an API key alone switches it on since version 1.14 of Temporal's SDK, and a plaintext
   * port then answers with a transport error.
   */
  readonly tls: Exclude<ConnectionOptions['tls'], null | undefined>;
  /** In place of {@link tls}, where certificates rotate. */
  readonly certificates?: ClientCertificates | undefined;
}

/** Whether the client connection goes out unencrypted. */
export function isPlaintext({ tls, connection }: ConnectionSettings): boolean {
  return tls === false && connection?.credentials === undefined;
}

/** Settings, and what presents a client to Temporal. */
export interface Presentation {
  readonly settings: Settings;
  /** `undefined` when no token is sent. */
  readonly tokens: TemporalTokens | undefined;
  /** The API key of a profile; used where there is no other token. */
  readonly profileKey: ProfileKey | undefined;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
}

/** @param tokens `undefined` when authentication is off */
export function presentation(
  settings: Settings,
  options: TemporalAuthOptions,
  tokens: TemporalTokens | undefined,
): Presentation {
  const profileKey = tokens === undefined ? profileKeyOf(settings.profile, options, settings.env) : undefined;
  const certificates = isRotating(settings.tls) ? new ClientCertificates(settings.tls, settings) : undefined;
  return { settings, tokens: tokens ?? profileKey, profileKey, certificates };
}

/** How Temporal is reached by connections of our own. An option decides on TLS, else the secret, else there is none. */
export function connectionSettings({ settings, tokens, certificates }: Presentation): ConnectionSettings {
  const { tls, place, network, metadata, authorization, connection, nativeConnection } = settings;
  return {
    address: place.address,
    tls: isRotating(tls) ? true : (tls ?? tokens?.tlsEnabled ?? false),
    // Authorization of a profile would win over the token, silently.
    metadata: tokens === undefined ? { ...metadata, ...authorization } : metadata,
    ...{ certificates, network, connection, nativeConnection },
  };
}

/** The Temporal that is called, for messages. */
export function targetOf({ settings, tokens, profileKey, certificates }: Presentation): TemporalTarget {
  const { address, namespace } = settings.place;
  const proxy = shownProxy(address, settings.network);
  return {
    ...{ address, namespace, authEnabled: tokens !== undefined },
    ...(proxy !== undefined && { proxy }),
    ...(profileKey !== undefined && { isApiKey: true }),
    ...(certificates !== undefined && { hasCertificate: true }),
  };
}
