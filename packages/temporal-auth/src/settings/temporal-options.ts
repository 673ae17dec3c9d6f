import type { ClientOptions } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { TokenSource } from '@worker-auth/token-manager';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import type { ClientConnectionOptions, WorkerConnectionOptions } from './connection-options.ts';
import type { ProfileOptions } from './profile.ts';
import type { TlsOptions } from './tls-options.ts';

/** Settings of the tokens, of Temporal and of the connections to it. Options win over the environment. */
export interface TemporalOptions extends AtlanAuthClientOptions, ProfileOptions {
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
  /** gRPC metadata of every call, copied. A key that carries authorization is a TypeError. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Other options of Temporal's client connection: `channelArgs`, `interceptors`, `callCredentials`, `credentials` (in place of {@link tls}),
   * `plugins`. Interceptors replace Temporal's retries, as they do there; the one that sets the token comes behind them. Of `channelArgs`,
   * `grpc.max_reconnect_backoff_ms` is 5,000 by default, where gRPC waits up to 2 minutes after an outage.
   */
  readonly connection?: ClientConnectionOptions | undefined;
  /** Other options of the native connection of workers: `proxy`, `grpcCompression`, `dnsLoadBalancingConfig`, `plugins`. */
  readonly nativeConnection?: WorkerConnectionOptions | undefined;
  /**
   * How long Temporal may take to answer when a connection is opened. Milliseconds, above 0 and at most 2^31-1. Default
   * `connection.connectTimeout`, else 10,000.
   */
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
  /**
   * Whether this package reports the results of activities, in place of Temporal's Core, which drops a result that is refused. Each is sent again
   * until Temporal has it, and the activity keeps its slot until then. Default true; does nothing while authentication is off.
   */
  readonly acknowledgeResults?: boolean | undefined;
}

/** Settings of `temporalAuth`. */
export interface TemporalAuthOptions extends TemporalOptions {
  /** Your own token source, in place of all settings about tokens; it renews them itself. Of {@link token} the clock alone is used then. */
  readonly tokens?: TokenSource | undefined;
}

/** Settings of a `TemporalWorkflowClient`. */
export interface TemporalWorkflowClientOptions extends TemporalOptions {
  /** Settings of the Temporal client that `load()` makes, its data converter for example. */
  readonly client?: Omit<ClientOptions, 'connection' | 'namespace'> | undefined;
  /** Whether `load()` starts to keep the token fresh in the background. Default true. */
  readonly autoStartTokenRefresh?: boolean | undefined;
}

/** Settings of `TemporalWorkflowClient.createWorker`: Temporal's own, and two of the source document's. */
export interface CreateWorkerOptions extends Omit<WorkerOptions, 'connection' | 'namespace' | 'taskQueue'> {
  /** Default: the application's name. */
  readonly taskQueue?: string | undefined;
  /** The same as Temporal's `maxConcurrentActivityTaskExecutions`; give one of the two. */
  readonly maxConcurrentActivities?: number | undefined;
  /** Whether this starts to keep the token fresh in the background, if `load()` did not. Default: as for `load()`. */
  readonly autoStartTokenRefresh?: boolean | undefined;
}

/** Options that say where tokens come from. */
const aboutTokens = [
  'authEnabled',
  'authUrl',
  'tokenFile',
  'clientId',
  'clientSecret',
  'credentials',
  'discovery',
] as const;

/** @throws TypeError for your own tokens beside an option that says where tokens come from, with both names */
export function checkTokenOptions(options: TemporalAuthOptions): void {
  const given = aboutTokens.find((name) => options[name] !== undefined);
  if (options.tokens !== undefined && given !== undefined) {
    throw new TypeError(`Give tokens or ${given}, not both`);
  }
}
