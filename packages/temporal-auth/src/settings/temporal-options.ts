import type {
  ClientOptions,
  WorkflowHandleWithFirstExecutionRunId,
  WorkflowStartOptions,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import { checkApart, checkOptions, type OptionNames } from '@worker-auth/internal';
import type { AnyAuthOptions, CommonOptions, TokenOrigin } from '@worker-auth/calls/settings/auth-options';
import type { AtlanAuthClientOptions, ConnectionSettings } from './client-options.ts';

/** Settings of `temporalAuth`. Options win over the environment. */
export type TemporalAuthOptions = TemporalSettings & TokenOrigin;

/** How Temporal is reached, and how workers are kept running. */
export interface TemporalSettings extends ConnectionSettings {
  /** Other options of the native connection of workers: `proxy`, `grpcCompression`, `dnsLoadBalancingConfig`, `plugins`. */
  readonly nativeConnection?:
    | Omit<NativeConnectionOptions, 'address' | 'apiKey' | 'metadata' | 'tls'>
    | undefined;
  /**
   * Whether this package reports the results of activities, in place of Temporal's Core, which drops a result that is rejected. Each is sent again
   * until Temporal has it. Default true; does nothing while authentication is off.
   */
  readonly acknowledgeResults?: boolean | undefined;
  /**
   * Of the slots for activities of a worker, so large a share is kept by results that are sent again, from 0 to 1, rounded up; one slot always stays
   * free. Default 0.5. Where a tuner decides, other than by a fixed size, none is kept.
   */
  readonly pendingResultsShare?: number | undefined;
  /**
   * How long results that Temporal does not accept are sent after the shutdown of their worker began, and by `close()`, in milliseconds. Default
   * 25,000: Kubernetes gives a pod 30 s. Running activities are awaited as by Temporal's worker.
   */
  readonly shutdownTimeoutMs?: number | undefined;
}

/** Settings of a `TemporalWorkflowClient`. Options win over the environment. */
export type TemporalWorkflowClientOptions = AtlanAuthClientOptions & TemporalSettings & ClientSettings;

/** Settings of a `TemporalWorkflowClient` alone. */
export interface ClientSettings {
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

/** A workflow that was started. */
export interface StartedWorkflow<W extends Workflow> {
  readonly workflowId: string;
  readonly runId: string;
  readonly handle: WorkflowHandleWithFirstExecutionRunId<W>;
}

/** Options of a start, of which any may be missing or `undefined`. */
export type StartWorkflowOptions<W extends Workflow> = {
  readonly [K in keyof WorkflowStartOptions<W>]?: WorkflowStartOptions<W>[K] | undefined;
};

const common: OptionNames<CommonOptions> = {
  proxy: true,
  ca: true,
  env: true,
  logger: true,
  fetch: true,
  clock: true,
  random: true,
};

const ofTokens: OptionNames<AnyAuthOptions> = {
  ...common,
  applicationName: true,
  authEnabled: true,
  authUrl: true,
  clientId: true,
  clientSecret: true,
  credentials: true,
};

const ofTemporal: OptionNames<TemporalSettings> = {
  ...common,
  host: true,
  port: true,
  namespace: true,
  tls: true,
  metadata: true,
  profile: true,
  connection: true,
  nativeConnection: true,
  acknowledgeResults: true,
  pendingResultsShare: true,
  connectTimeoutMs: true,
  bootTimeoutMs: true,
  newTokenTimeoutMs: true,
  shutdownTimeoutMs: true,
};

/** The options that are about tokens, of those of a client. */
export function tokenOptions(options: AnyAuthOptions): AnyAuthOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(ofTokens, name)));
}

export function checkAuthClientOptions(options: AnyAuthOptions): void {
  checkOptions('AtlanAuthClient', options, ofTokens);
  checkApart(options, 'credentials', ['authUrl', 'clientId', 'clientSecret']);
}

export function checkWorkflowClientOptions(options: object): void {
  const more = { client: true, autoStartTokenRefresh: true } as const;
  checkOptions('TemporalWorkflowClient', options, { ...ofTokens, ...ofTemporal, ...more });
}

export function checkPluginOptions(options: object): void {
  checkOptions('temporalAuth', options, { ...ofTemporal, credentials: true, tokens: true });
  checkApart(options, 'tokens', ['credentials']);
}
