/** One answer for plugin, proxy and doctor to the question whether and how Temporal is reached over TLS. It is asked for each connection. */
import type { Logger, TlsConfig } from '../temporal.ts';
import type * as tls from 'node:tls';
import { isRemote } from '../settings/host.ts';
import { isRotating, type Settings } from '../settings/settings.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';

/** As Temporal's connections take it. */
export type TemporalTls = TlsConfig | boolean;

interface Presented {
  readonly settings: Pick<Settings, 'place' | 'tls' | 'newestTls'>;
  /** `undefined` when no token is sent. */
  readonly tokens: Pick<TemporalTokens, 'tlsEnabled'> | undefined;
}

/**
 * By an option, else the environment, else the secret, else on wherever a token would leave this host. Always decided: Temporal's SDK looks at the API
 * key alone, and would switch TLS on for this host too.
 */
export function tlsOf({ settings, tokens }: Presented, address = settings.place.address): TemporalTls {
  const { place, tls: before, newestTls } = settings;
  if (isRotating(before)) return true;
  const newest = newestTls() ?? before;
  if (isRotating(newest)) return true;
  const isOriginal = place.isOfApplicationSdk && address === place.address;
  return newest ?? tokens?.tlsEnabled ?? (tokens !== undefined && !isOriginal && isRemote(address));
}

/** The same for Node.js. @param trusted where nothing is given for Temporal alone */
export function nodeTls(
  given: Exclude<TemporalTls, false>,
  trusted: string | undefined,
): tls.ConnectionOptions {
  const { serverRootCACertificate, serverNameOverride, clientCertPair } = given === true ? {} : given;
  return {
    ALPNProtocols: ['h2'],
    ca: serverRootCACertificate ? Buffer.from(serverRootCACertificate) : trusted,
    ...(serverNameOverride != null && { servername: serverNameOverride }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}

/** What of a connection's options says how it is reached. */
export interface Reached {
  readonly address?: string | undefined;
  readonly tls?: TemporalTls | null | undefined;
  readonly credentials?: unknown;
}

export function isPlaintext({ tls, credentials }: Reached): boolean {
  return tls === false && credentials === undefined;
}

/** Warns, once for each address, of tokens that would leave this host unencrypted. */
export function plaintextWarning(logger: Logger): (reached: Reached) => void {
  const warned = new Set<string>();
  return (reached) => {
    const { address = 'localhost' } = reached;
    if (!isPlaintext(reached) || !isRemote(address) || warned.has(address)) return;
    warned.add(address);
    const message = 'The access token goes to Temporal unencrypted: set tls, unless the network sees to it';
    logger.warn(message, { address });
  };
}
