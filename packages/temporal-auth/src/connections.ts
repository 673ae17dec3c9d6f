import { Connection, type ConnectionOptions } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TokenSource } from '@worker-auth/token-manager';

/** Where Temporal is, and how it is reached; the same for both kinds of connection. */
export interface ConnectionSettings {
  /** `host:port`. */
  readonly address: string;
  /**
   * TLS, always decided here: an API key alone switches it on since version 1.14 of Temporal's SDK, and a plaintext
   * port then answers with a transport error.
   */
  readonly tls: Exclude<ConnectionOptions['tls'], null | undefined>;
  /** gRPC metadata of every call; keys that carry authorization are refused, see {@link checkMetadata}. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Gives the token of one call, now; throws when there is none that Temporal could accept. */
export type TokenForCall = () => string;

/** A native connection that is told of each new token until it is closed. */
export interface PushedConnection {
  readonly connection: NativeConnection;
  /** Ends the connection, then the subscription: workers that drain still need the newest token. */
  close(): Promise<void>;
}

/**
 * The metadata of a user, without any way to override the token.
 *
 * @throws TypeError for a key that carries authorization: on a native connection it would win over the token for ever,
 * silently
 */
export function checkMetadata(
  metadata: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const forbidden = Object.keys(metadata).find((key) => /^(proxy-)?authorization$/i.test(key));
  if (forbidden !== undefined) {
    throw new TypeError(`metadata must not hold "${forbidden}": the token is set by the client itself`);
  }
  return metadata;
}

/** Opens a client connection, which *pulls*: it asks for the token of each call when the call is made. */
export function connectClient(
  settings: ConnectionSettings,
  tokenForCall: TokenForCall | undefined,
): Promise<Connection> {
  return Connection.connect({
    address: settings.address,
    tls: settings.tls,
    metadata: { ...settings.metadata },
    ...(tokenForCall === undefined ? {} : { apiKey: tokenForCall }),
  });
}

/**
 * Opens a native connection, which is *pushed*: Temporal's Core reads the token that it was last told at each attempt
 * of each call, polls of running workers included.
 *
 * @param onPushFailed called when the connection does not take a new token, which it only does when it is closed
 */
export async function connectNative(
  settings: ConnectionSettings,
  tokens: TokenSource | undefined,
  onPushFailed: (error: unknown) => void,
): Promise<PushedConnection> {
  const token = await tokens?.getToken();
  const connection = await NativeConnection.connect({
    address: settings.address,
    tls: settings.tls,
    metadata: { ...settings.metadata },
    ...(token === undefined ? {} : { apiKey: token }),
  });
  const unsubscribe = tokens?.subscribe((newest) => {
    connection.setApiKey(newest).catch(onPushFailed);
  });
  // A token that came while the connection was being opened had no subscriber yet.
  const newest = tokens?.peek();
  if (newest !== undefined && newest !== token) await connection.setApiKey(newest);
  return {
    connection,
    close: async () => {
      await connection.close();
      unsubscribe?.();
    },
  };
}
