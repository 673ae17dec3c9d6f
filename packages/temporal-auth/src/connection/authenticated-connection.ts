import { Connection, type ConnectionOptions } from '@temporalio/client';
import { systemClock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { pullingOptions } from './pulling-options.ts';

/**
 * Opens a client connection whose calls carry the token of the moment in which each attempt is made; see `authInterceptor`. Takes every
 * option of Temporal's own but `apiKey`; TLS is on when `tls` says so, and `grpc.max_reconnect_backoff_ms` is 5,000 where `channelArgs`
 * says nothing of it. Metadata that carries authorization is left out.
 *
 * @throws what Temporal's SDK throws; nothing is left open then
 */
export async function authenticatedConnection(
  tokens: TokenSource,
  options: Omit<ConnectionOptions, 'apiKey'> = {},
): Promise<Connection> {
  // Not `Connection.connect`: that keeps a connection which fails at the first call to itself, open.
  const connection = Connection.lazy(pullingOptions(options, tokens, systemClock));
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
