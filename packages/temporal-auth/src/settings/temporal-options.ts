import type { ClientOptions } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { ClientAuthOptions, ClientTemporalOptions } from './client-options.ts';
import type { WorkerConnectionOptions } from './connection-options.ts';

/** Settings of the tokens, of Temporal and of the connections to it. Options win over the environment. */
export interface TemporalOptions extends ClientTemporalOptions {
  /** Other options of the native connection of workers: `proxy`, `grpcCompression`, `dnsLoadBalancingConfig`, `plugins`. */
  readonly nativeConnection?: WorkerConnectionOptions | undefined;
  /**
   * Whether this package reports the results of activities, in place of Temporal's Core, which drops a result that is refused. Each is sent again
   * until Temporal has it, and the activity keeps its slot until then. Default true; does nothing while authentication is off.
   */
  readonly acknowledgeResults?: boolean | undefined;
}

/** Settings of `temporalAuth`. */
export interface TemporalAuthOptions extends ClientAuthOptions, TemporalOptions {}

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
