// The entry of services that have a client and no worker: nothing here loads or names `@temporalio/worker`.
import type { ClientPlugin, ConnectionPlugin } from '@temporalio/client';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';
import { temporalAuth as wholePlugin } from './plugin.ts';
import type { ClientAuthOptions } from './settings/client-options.ts';
import type { WaitOptions } from '@worker-auth/calls/settings/auth-options';

export { AtlanAuthClient } from './facade/atlan-auth-client.ts';
export { authInterceptor, type AuthInterceptorOptions } from './connection/auth-interceptor.ts';
export {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthError,
  TemporalAuthErrorCode,
} from '@worker-auth/calls/errors/temporal-auth-error';
export {
  assertion,
  certificate,
  chain,
  clientSecret,
  dapr,
  environment,
  privateKey,
} from '@worker-auth/calls/settings/credentials';
export { tokenFile } from '@worker-auth/calls/settings/token-file';
export type { ApplicationCredentials, ApplicationCredentialSource } from '@worker-auth/calls/settings/server';
export type { TlsOptions } from '@worker-auth/calls/settings/auth-options';
export type { AtlanAuthClientOptions, ClientAuthOptions } from './settings/client-options.ts';
export type { Condition } from '@worker-auth/calls/conditions/codes';
export type { AuthHealth, ClientHealth } from '@worker-auth/calls/tokens/client-health';
export { healthHandler, type HealthHandlerOptions } from './health/health-handler.ts';

/** The plugin as connections and clients have it. Its types name nothing of `@temporalio/worker`. */
export interface ClientAuthPlugin
  extends Required<ConnectionPlugin>, Required<ClientPlugin>, AsyncDisposable {
  readonly name: string;
  /**
   * Resolves when there is a token, and a certificate where these rotate, which are kept fresh from then on.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `close()`; the signal's reason
   */
  ready(options?: WaitOptions): Promise<void>;
  /** How the plugin, its token and its certificate are: plain data, without any token. Asks nobody. */
  health(): ClientHealth;
  /** Calls `listener` with each event of the kind, see `TokenManagerEvents`. Returns what ends the subscription. */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void;
  /** Ends the background refresh. Connections are the caller's to end before. */
  close(): Promise<void>;
}

/**
 * A plugin of Temporal's SDK: given to a connection or to a client (`plugins: [auth]`), it has every call carry the newest token. It is the plugin of
 * the main entry, without the types of workers.
 *
 * ```ts
 * const auth = temporalAuth({ credentials: clientSecret({ id, secret, tokenUrl }) });
 * const client = new Client({ plugins: [auth] });
 * ```
 *
 * @throws ConfigurationError, TypeError or RangeError for options that make no sense or contradict each other
 */
export function temporalAuth(options: ClientAuthOptions = {}): ClientAuthPlugin {
  return wholePlugin(options);
}
