import { type ClientPlugin, Connection, type ConnectionOptions } from '@temporalio/client';
import type { TokenSource } from '@worker-auth/token-manager';
import { isPushable } from '../connection/attach.ts';
import { isAuthInterceptor } from '../connection/auth-interceptor.ts';
import { refuseAuthorization } from '../connection/connection-settings.ts';
import { currentToken } from '../tokens/current-token.ts';
import type { GuardedConnections } from '../worker/guarded-connections.ts';

/** Of Temporal's hook. */
export type ClientOptionsOfHook = Parameters<NonNullable<ClientPlugin['configureClient']>>[0];

/** The options of a client that has no connection, with one that its first call opens. */
export function withOwnConnection(
  options: ClientOptionsOfHook,
  namespace: string,
  connection: ConnectionOptions,
): ClientOptionsOfHook {
  return { ...options, namespace: options.namespace ?? namespace, connection: Connection.lazy(connection) };
}

/**
 * Has the calls over the connection of a client carry the newest token, where nothing on it does so yet.
 *
 * @throws ConfigurationError for a native connection when there is no token yet
 * @throws TypeError for a connection that knows nothing of tokens and has authorization in its metadata
 */
export function authenticateConnection(
  connection: NonNullable<ClientOptionsOfHook['connection']>,
  tokens: TokenSource,
  connections: GuardedConnections,
): void {
  if (connection instanceof Connection) {
    const { interceptors, metadata } = connection.options;
    if (interceptors.some(isAuthInterceptor)) return;
    refuseAuthorization(metadata);
    connection.setApiKey(() => currentToken(tokens));
  } else if (isPushable(connection)) {
    currentToken(tokens);
    connections.attach(connection);
  }
}
