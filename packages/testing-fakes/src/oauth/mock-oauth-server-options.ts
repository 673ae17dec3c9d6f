import type { LoopbackServerOptions } from '../server/loopback-server.ts';
import type { OAuthClientOptions } from './client-registry.ts';

/** Settings of `MockOAuthServer.start`. */
export interface MockOAuthServerOptions extends LoopbackServerOptions {
  /** The id of the one client. Default `worker`. */
  readonly clientId?: string;
  /** The secret of the one client. Default `s3cret`. */
  readonly clientSecret?: string;
  /** Several clients, in place of `clientId` and `clientSecret`. */
  readonly clients?: readonly OAuthClientOptions[];
  /** Life of the tokens in seconds. Default 3600. */
  readonly lifetimeSeconds?: number;
  /** The `permissions` claim, as Temporal's default claim mapper reads it. Default `["default:write"]`. */
  readonly permissions?: readonly string[];
  /** The `aud` claim. Default none. */
  readonly audience?: string | readonly string[];
  /** The `sub` claim. Default the client id. */
  readonly subject?: string;
  /** Path of the issuer, as Keycloak's `/realms/x`. Default none. */
  readonly issuerPath?: string;
  /** Decides about a `client_assertion`. Default: every assertion is refused. */
  readonly acceptAssertion?: (assertion: string) => boolean;
  /** The wall clock of `iat`, `exp` and the `Date` header. Default the host's. */
  readonly clock?: { wallNow(): number };
}

/** The clients that the options name. @throws TypeError when they name them in both ways */
export function clientsOf(options: MockOAuthServerOptions): readonly OAuthClientOptions[] {
  const { clients, clientId, clientSecret } = options;
  if (clients === undefined)
    return [{ clientId: clientId ?? 'worker', clientSecret: clientSecret ?? 's3cret' }];
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (value !== undefined) throw new TypeError(`Give ${name} or clients, not both`);
  }
  return clients;
}

/** Milliseconds since the epoch, by the server's clock. */
export function wallClockOf({ clock }: MockOAuthServerOptions): () => number {
  return clock === undefined ? () => Date.now() : () => clock.wallNow();
}
