import type { TokenSource } from '@worker-auth/token-manager';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import type { ProfileOptions } from './profile.ts';
import type { TlsOptions } from './tls-options.ts';

/** What says where tokens come from, when there is no source of one's own. */
const aboutTokens = [
  'authEnabled',
  'authUrl',
  'tokenFile',
  'clientId',
  'clientSecret',
  'credentials',
  'discovery',
] as const;

/** Settings of `temporalAuth`: those of `AtlanAuthClient`, or a token source of one's own. */
export interface TemporalAuthOptions extends AtlanAuthClientOptions, ProfileOptions {
  /** Where tokens come from, in place of all settings about them; it renews them itself. Of {@link token} the clock alone is used then. */
  readonly tokens?: TokenSource | undefined;
  /** Where Temporal is, for a client or a worker that is given no connection. Default `ATLAN_WORKFLOW_HOST`, else `localhost`. */
  readonly host?: string | undefined;
  /** Default `ATLAN_WORKFLOW_PORT`, else 7233. */
  readonly port?: number | string | undefined;
  /** Of such a client or worker. Default `ATLAN_WORKFLOW_NAMESPACE`, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * TLS of such a connection. Default false. Files with certificates that rotate (`{ certFile, keyFile, caFile }`) hold for each connection that
   * is given the plugin and no `tls`.
   */
  readonly tls?: TlsOptions | undefined;
  /** Whether this package reports the results of activities. Default true; see `CreateWorkerOptions.acknowledgeResults`. */
  readonly acknowledgeResults?: boolean | undefined;
}

/** @throws TypeError for tokens of one's own beside what says where tokens come from, with both names */
export function checkPluginOptions(options: TemporalAuthOptions): void {
  const given = aboutTokens.find((name) => options[name] !== undefined);
  if (options.tokens !== undefined && given !== undefined) {
    throw new TypeError(`Give tokens or ${given}, not both`);
  }
}
