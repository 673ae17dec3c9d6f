import type { ConnectionOptions } from '@temporalio/client';
import type { TemporalTarget } from '../errors/translate.ts';
import { ClientCertificates } from '../network/client-certificates.ts';
import { wayTo } from '../network/routed-options.ts';
import { type Settings, isRotating } from '../settings/settings.ts';
import { ProfileKey, profileKeyOf, type TemporalTokens } from '../tokens/temporal-tokens.ts';

/** Settings, and what presents a client to Temporal. */
export interface Presentation {
  readonly settings: Settings;
  /** `undefined` when no token is sent. */
  readonly tokens: TemporalTokens | undefined;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
}

/** @param tokens `undefined` when authentication is off: the API key of a profile is sent then, if there is one */
export function presentation(settings: Settings, tokens: TemporalTokens | undefined): Presentation {
  const certificates = isRotating(settings.tls) ? new ClientCertificates(settings.tls, settings) : undefined;
  return { settings, tokens: tokens ?? profileKeyOf(settings.profile), certificates };
}

/**
 * TLS to Temporal by an option, else the secret, else off. Always decided: an API key alone switches it on since version 1.14 of Temporal's SDK,
 * and a plaintext port then answers with a transport error.
 */
export function tlsOf({ settings, tokens }: Presentation): NonNullable<ConnectionOptions['tls']> {
  return isRotating(settings.tls) ? true : (settings.tls ?? tokens?.tlsEnabled ?? false);
}

/** What both connections of our own have among their options. TLS with a certificate that rotates is added with that. */
export function ownOptions(presented: Presentation): Pick<ConnectionOptions, 'address' | 'metadata' | 'tls'> {
  const { settings, tokens, certificates } = presented;
  const { place, metadata, authorization } = settings;
  return {
    address: place.address,
    // Authorization of a profile would win over the token, silently.
    metadata: { ...metadata, ...(tokens === undefined && authorization) },
    ...(certificates === undefined && { tls: tlsOf(presented) }),
  };
}

/** The Temporal that is called, for messages. */
export function targetOf({ settings, tokens, certificates }: Presentation): TemporalTarget {
  const { address, namespace } = settings.place;
  const { proxy } = wayTo(address, settings.network);
  return {
    ...{ address, namespace, authEnabled: tokens !== undefined },
    ...(proxy !== undefined && { proxy: proxy.address }),
    ...(tokens instanceof ProfileKey && { isApiKey: true }),
    ...(certificates !== undefined && { hasCertificate: true }),
  };
}
