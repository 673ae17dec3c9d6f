/** One answer for plugin, proxy and doctor to the question whether and how Temporal is reached over TLS. It is asked for each connection. */
import type { ConnectionOptions } from '@temporalio/client';
import type * as tls from 'node:tls';
import { isRotating, type Settings } from '../settings/settings.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';

/** As Temporal's connections take it. */
export type TemporalTls = NonNullable<ConnectionOptions['tls']>;

interface Presented {
  readonly settings: Pick<Settings, 'tls' | 'newestTls'>;
  readonly tokens: Pick<TemporalTokens, 'tlsEnabled'> | undefined;
}

/** By an option, else the environment, else the secret, else off. Always decided: in Temporal's SDK an API key alone switches TLS on since version 1.14. */
export function tlsOf({ settings, tokens }: Presented): TemporalTls {
  if (isRotating(settings.tls)) return true;
  const { tls: before, newestTls } = settings;
  const newest = newestTls() ?? before;
  return isRotating(newest) ? true : (newest ?? tokens?.tlsEnabled ?? false);
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
