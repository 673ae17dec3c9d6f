import { Connection, type ConnectionOptions } from '@temporalio/client';
import { type Environment, systemClock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { type NetworkOptions, readNetwork } from '../configuration/network.ts';
import { pullingOptions } from './pulling-options.ts';

/** Settings of {@link authenticatedConnection}. */
export interface AuthenticatedOptions extends NetworkOptions {
  /** Environment variables. Default `process.env`. */
  readonly env?: Environment | undefined;
}

/**
 * Opens a client connection whose calls carry the token of the moment in which each attempt is made; see `authInterceptor`. Takes every
 * option of Temporal's own but `apiKey`; TLS is on when `tls` says so, and `grpc.max_reconnect_backoff_ms` is 5,000 where `channelArgs`
 * says nothing of it. Metadata that carries authorization is left out. The proxy and the trusted certificates are those of `proxy` and `ca`, else
 * of the environment.
 *
 * @throws ConfigurationError for an option or a variable that makes no sense
 * @throws what Temporal's SDK throws; nothing is left open then
 */
export async function authenticatedConnection(
  tokens: TokenSource,
  options: Omit<ConnectionOptions, 'apiKey'> = {},
  { env = process.env, ...out }: AuthenticatedOptions = {},
): Promise<Connection> {
  // Not `Connection.connect`: that keeps a connection which fails at the first call to itself, open.
  const connection = Connection.lazy(pullingOptions(options, tokens, systemClock, readNetwork(out, env)));
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
