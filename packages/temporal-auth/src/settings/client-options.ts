import type { ConnectionOptions } from '@temporalio/client';
import type { TokenSource } from '@worker-auth/token-manager';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import type { TlsOptions } from './tls-options.ts';

// The types of programs without workers: nothing here names `@temporalio/worker`.

/** Options of a call that may wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Settings of `temporalAuth` for connections and clients: all but those of workers. Options win over the environment. */
export interface ClientAuthOptions extends AtlanAuthClientOptions {
  /** Your own token source, in place of all settings about tokens; it renews them itself. Of {@link token} the clock alone is used then. */
  readonly tokens?: TokenSource | undefined;
  /** Temporal's host. Default `ATLAN_WORKFLOW_HOST`, else `localhost`. */
  readonly host?: string | undefined;
  /** Temporal's port. Default `ATLAN_WORKFLOW_PORT`, else 7233. */
  readonly port?: number | string | undefined;
  /** Temporal's namespace. Default `ATLAN_WORKFLOW_NAMESPACE`, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * TLS to Temporal: true, certificates, or files with certificates that rotate (`{ certFile, keyFile, caFile }`). Default: that of the profile,
   * else of the secret (`workflow_tls_enabled`), else false.
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The profile of Temporal's own configuration (`TEMPORAL_ADDRESS` and so on, over its TOML file) that gives what neither an option nor an
   * `ATLAN_WORKFLOW_…` variable says: its name, or true for the one of `TEMPORAL_PROFILE`, else `default`. Needs `@temporalio/envconfig`. Default
   * false.
   */
  readonly profile?: string | boolean | undefined;
  /** gRPC metadata of every call, copied. A key that carries authorization is a TypeError. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Other options of Temporal's client connection: `channelArgs`, `interceptors`, `callCredentials`, `credentials` (in place of {@link tls}),
   * `plugins`. Interceptors replace Temporal's retries, as they do there; the one that sets the token comes behind them. Of `channelArgs`,
   * `grpc.max_reconnect_backoff_ms` is 5,000 by default, where gRPC waits up to 2 minutes after an outage.
   */
  readonly connection?:
    Omit<ConnectionOptions, 'address' | 'apiKey' | 'metadata' | 'tls' | 'connectTimeout'> | undefined;
  /** How long Temporal may take to answer when a connection is opened. Milliseconds, above 0 and at most 2^31-1. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long a start is repeated while the secret store, the OAuth server or Temporal cannot be reached. Wrong settings end it at once.
   * Milliseconds, at most 2^31-1; 0 for one attempt. Default 120,000.
   */
  readonly bootTimeoutMs?: number | undefined;
  /**
   * How long a start is repeated while Temporal rejects the token: one that is new may be accepted a little later, since clocks and key sets
   * lag. Milliseconds, at most 2^31-1; 0 for one attempt. Default 15,000.
   */
  readonly newTokenTimeoutMs?: number | undefined;
}
