import { type ClientPlugin, Connection, type ConnectionOptions } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { TokenSource } from '@worker-auth/token-manager';
import { notReady } from '../errors/own-errors.ts';
import { refuseAuthorization } from '../settings/metadata.ts';
import { isAuthInterceptor } from './auth-interceptor.ts';

/** Options of Temporal's hook. */
export type ClientOptionsOfHook = Parameters<NonNullable<ClientPlugin['configureClient']>>[0];

/** Where a client gets its connection and its tokens from. */
export interface ClientContext {
  /** `undefined` when authentication is off. */
  readonly tokens: TokenSource | undefined;
  readonly namespace: string;
  /** Options of a connection for a client that has none, with the token on every call. */
  readonly ownConnection: () => ConnectionOptions;
  /** Gives a native connection each new token. */
  readonly monitor: (connection: NativeConnection) => void;
}

/**
 * Options of a client whose calls carry the newest token. A client without a connection gets one that its first call opens.
 *
 * @throws ConfigurationError for a native connection when there is no token yet
 * @throws TypeError for a connection that was opened without the plugin and has authorization in its metadata
 */
export function authenticatedClient(
  options: ClientOptionsOfHook,
  context: ClientContext,
): ClientOptionsOfHook {
  const { connection, namespace = context.namespace } = options;
  const { tokens } = context;
  if (connection === undefined)
    return { ...options, namespace, connection: Connection.lazy(context.ownConnection()) };
  if (tokens === undefined) return options;
  if (connection instanceof Connection) {
    const { interceptors, metadata } = connection.options;
    if (interceptors.some(isAuthInterceptor)) return options;
    refuseAuthorization(metadata);
    connection.setApiKey(() => currentToken(tokens));
  } else if (isNative(connection)) {
    currentToken(tokens);
    context.monitor(connection);
  }
  return options;
}

/** @throws ConfigurationError when there is none */
function currentToken(tokens: TokenSource): string {
  const token = tokens.peek();
  if (token === undefined) throw notReady();
  return token;
}

/** Another implementation of the interface cannot be given a token. */
function isNative(connection: object): connection is NativeConnection {
  return 'setApiKey' in connection;
}
