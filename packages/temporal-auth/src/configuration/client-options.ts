import type { ClientOptions } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import type { ClientConnectionOptions, WorkerConnectionOptions } from './connection-options.ts';
import type { ProfileOptions } from './profile.ts';
import type { TlsOptions } from './tls-options.ts';

/** Settings of a `TemporalWorkflowClient`. Options win over the environment. */
export interface TemporalWorkflowClientOptions extends AtlanAuthClientOptions, ProfileOptions {
  /** Temporal's host. Default `ATLAN_WORKFLOW_HOST`, else `localhost`. */
  readonly host?: string | undefined;
  /** Temporal's port. Default `ATLAN_WORKFLOW_PORT`, else 7233. */
  readonly port?: number | string | undefined;
  /** Temporal's namespace. Default `ATLAN_WORKFLOW_NAMESPACE`, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * TLS to Temporal: true, certificates, or files with those that rotate (`{ certFile, keyFile, caFile }`). Default: what the profile
   * says, else the secret (`workflow_tls_enabled`), else false.
   */
  readonly tls?: TlsOptions | undefined;
  /** gRPC metadata of every call, copied. A key that carries authorization is a TypeError. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * What else Temporal's client connection takes: `channelArgs`, `interceptors`, `callCredentials`, `credentials` (in place of {@link tls}),
   * `plugins`. Interceptors replace Temporal's retries, as they do there; the one that sets the token comes behind them. Of `channelArgs`,
   * `grpc.max_reconnect_backoff_ms` is 5,000 by default, where gRPC waits up to 2 minutes after an outage.
   */
  readonly connection?: ClientConnectionOptions | undefined;
  /** What else the native connection of workers takes: `proxy`, `grpcCompression`, `dnsLoadBalancingConfig`, `plugins`. */
  readonly nativeConnection?: WorkerConnectionOptions | undefined;
  /** Settings of the Temporal client that `load()` makes, its data converter for example. */
  readonly client?: Omit<ClientOptions, 'connection' | 'namespace'> | undefined;
  /** Whether `load()` starts to keep the token fresh in the background. Default true. */
  readonly autoStartTokenRefresh?: boolean | undefined;
  /**
   * How long Temporal may take to answer when a connection is opened, the token being there. Milliseconds, above 0 and at most
   * 2^31-1. Default `connection.connectTimeout`, else 10,000.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long `load()` takes at most while the secret store, the OAuth server or Temporal cannot be reached; what is configured wrongly and
   * what answers with a refusal ends it at once. Milliseconds, at most 2^31-1; 0 for one attempt. Default 120,000.
   */
  readonly bootTimeoutMs?: number | undefined;
}

/** Settings of `TemporalWorkflowClient.createWorker`: Temporal's own, two of the source document's, and what this package adds. */
export interface CreateWorkerOptions extends Omit<WorkerOptions, 'connection' | 'namespace' | 'taskQueue'> {
  /** Default: the application's name. */
  readonly taskQueue?: string | undefined;
  /** The same as Temporal's `maxConcurrentActivityTaskExecutions`; give one of the two. */
  readonly maxConcurrentActivities?: number | undefined;
  /** Whether this starts to keep the token fresh in the background, if `load()` did not. Default: as for `load()`. */
  readonly autoStartTokenRefresh?: boolean | undefined;
  /**
   * Whether this package reports the results of activities, in place of Temporal's Core, which drops a result that is refused: each is sent again
   * until Temporal has it, and the activity keeps its slot until then. Default true; does nothing while authentication is off.
   */
  readonly acknowledgeResults?: boolean | undefined;
}
