import type { NativeConnection, NativeConnectionOptions } from '@temporalio/worker';
import type { Environment } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { type Network, type NetworkOptions, readNetwork } from '../configuration/network.ts';
import { attachOnce, isAttached } from './attachments.ts';
import { withoutAuthorization } from './connection-settings.ts';
import { routedNative } from './routed-options.ts';
import type { PushedConnection } from './pushed-connection.ts';

/** Settings of {@link authenticatedNativeConnection}. */
export interface AuthenticatedNativeOptions extends AttachOptions, NetworkOptions {
  /** Environment variables. Default `process.env`. */
  readonly env?: Environment | undefined;
}

/** Settings of {@link attach}. */
export interface AttachOptions {
  /** Ends the wait for the first token. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the connection does not take a new token. Default: nothing happens, and the next token is pushed in its turn. */
  readonly onPushFailed?: ((error: unknown) => void) | undefined;
}

/**
 * Tells a native connection of the newest token, and of each that comes, until it is closed: Temporal's Core reads what it was last told at
 * each attempt of each call, polls that are being retried included. Asked for once more, it gives what there is.
 *
 * ```ts
 * const attached = await attach(tokens, connection);
 * await attached.detach(); // or close the connection
 * ```
 *
 * @returns once the connection has a token. `detach()` ends it, and leaves the connection open; `close()` ends both
 * @throws what the token source throws, what `setApiKey` throws, the signal's reason; TypeError for a connection that is told of the tokens of
 * another source
 */
export async function attach(
  tokens: TokenSource,
  connection: NativeConnection,
  { signal, onPushFailed = () => undefined }: AttachOptions = {},
): Promise<PushedConnection<NativeConnection>> {
  const opened = await tokens.getToken({ signal });
  // Out of turn, it would undo what is pushed meanwhile.
  if (!isAttached(connection)) await connection.setApiKey(opened);
  const pushed = attachOnce({ connection, tokens, opened, onPushFailed });
  await pushed.pushed();
  return pushed;
}

/**
 * Opens a native connection that is told of each new token until it is closed. Takes every option of Temporal's own but `apiKey`; TLS is on
 * when `tls` says so, and not because there is a token. Metadata that carries authorization is left out. The proxy and the trusted certificates
 * are those of `proxy` and `ca`, else of the environment.
 *
 * @throws ConfigurationError for an option or a variable that makes no sense
 * @throws what the token source or `NativeConnection.connect` throws, the signal's reason
 */
export async function authenticatedNativeConnection(
  tokens: TokenSource,
  options: Omit<NativeConnectionOptions, 'apiKey'> = {},
  { signal, onPushFailed = () => undefined, env = process.env, ...out }: AuthenticatedNativeOptions = {},
): Promise<NativeConnection> {
  const network = readNetwork(out, env);
  const apiKey = await tokens.getToken({ signal });
  // A program without workers loads no native code.
  const worker = await import('@temporalio/worker');
  const connection = await worker.NativeConnection.connect(pushedOptions(options, apiKey, network));
  await attachOnce({ connection, tokens, opened: apiKey, onPushFailed }).pushed();
  return connection;
}

/**
 * Temporal's options of a native connection that is opened with this token, by the way that the network has for it.
 *
 * @throws ConfigurationError as {@link routedNative}
 */
export function pushedOptions(
  options: NativeConnectionOptions,
  apiKey: string,
  network: Network,
): NativeConnectionOptions {
  const metadata = withoutAuthorization(options.metadata);
  return routedNative({ ...options, apiKey, tls: options.tls ?? false, metadata }, network);
}

/** A native connection can carry a client too; another implementation of the interface cannot be told of a token. */
export function isPushable(connection: object): connection is NativeConnection {
  return 'setApiKey' in connection;
}
