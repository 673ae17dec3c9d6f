import type { ClientOptions } from '@temporalio/client';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import type { ClientAuthOptions } from './client-options.ts';

/** Settings of `temporalAuth`. Options win over the environment. */
export interface TemporalAuthOptions extends ClientAuthOptions {
  /** Other options of the native connection of workers: `proxy`, `grpcCompression`, `dnsLoadBalancingConfig`, `plugins`. */
  readonly nativeConnection?:
    Omit<NativeConnectionOptions, 'address' | 'apiKey' | 'metadata' | 'tls'> | undefined;
  /**
   * Whether this package reports the results of activities, in place of Temporal's Core, which drops a result that is refused. Each is sent again
   * until Temporal has it, and the activity keeps its slot until then. Default true; does nothing while authentication is off.
   */
  readonly acknowledgeResults?: boolean | undefined;
}

/** Settings of a `TemporalWorkflowClient`. Options win over the environment. */
export interface TemporalWorkflowClientOptions extends Omit<TemporalAuthOptions, 'tokens'> {
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
