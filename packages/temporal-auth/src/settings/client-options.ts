// The types of programs without workers: nothing here names `@temporalio/worker`.
import type { ConnectionOptions } from '@temporalio/client';
import type { AnyAuthOptions, PlaceSettings, TokenOrigin } from '@worker-auth/calls/settings/auth-options';
import type { CredentialsOption } from '@worker-auth/calls/settings/credentials';

/**
 * Settings of an `AtlanAuthClient`: credentials in the words of the source document, or of any other kind. Options win over the environment, and
 * without either they are those of `environment()`.
 */
export type AtlanAuthClientOptions = AnyAuthOptions &
  (
    | { readonly credentials?: undefined; readonly clientId?: undefined; readonly clientSecret?: undefined }
    | {
        readonly credentials?: undefined;
        readonly clientId: string | undefined;
        readonly clientSecret: string | undefined;
      }
    | (Readonly<Partial<Record<'authUrl' | 'clientId' | 'clientSecret', undefined>>> & {
        readonly credentials: CredentialsOption;
      })
  );

/** Settings of `temporalAuth` for connections and clients: all but those of workers. Options win over the environment. */
export type ClientAuthOptions = ConnectionSettings & TokenOrigin;

/** How Temporal is reached, and the connection of clients. */
export interface ConnectionSettings extends PlaceSettings {
  /**
   * Other options of Temporal's client connection: `channelArgs`, `interceptors`, `callCredentials`, `credentials` (in place of {@link tls}),
   * `plugins`. Interceptors replace Temporal's retries, as they do there; the one that sets the token comes behind them. Of `channelArgs`,
   * `grpc.max_reconnect_backoff_ms` is 5,000 by default, where gRPC waits up to 2 minutes after an outage.
   */
  readonly connection?:
    | Omit<ConnectionOptions, 'address' | 'apiKey' | 'metadata' | 'tls' | 'connectTimeout'>
    | undefined;
}
