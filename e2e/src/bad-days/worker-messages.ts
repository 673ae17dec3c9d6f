/** How the worker of a process is made. */
export type WorkerKind =
  /** With the pollers that `createWorker()` has by default. */
  | 'autoscaling'
  /** With the pollers that Temporal has by default. */
  | 'fixed'
  /** A plain worker of Temporal's, on a connection that is told of each new token by `setApiKey`. */
  | 'control';

/** What a worker's process is started with, as JSON in its first argument. */
export interface WorkerProcessSettings {
  readonly kind: WorkerKind;
  readonly taskQueue: string;
  /** The bundle of the workflows. */
  readonly codePath: string;
  /** Whether it is run by `runWorker()`, which replaces it when it has failed. */
  readonly isSupervised?: boolean;
}

/** What a worker's process tells; moments are milliseconds since the epoch. */
export type WorkerMessage =
  | { readonly kind: 'state'; readonly state: string }
  | { readonly kind: 'activity'; readonly workflowId: string; readonly atMs: number }
  | { readonly kind: 'token'; readonly atMs: number }
  | { readonly kind: 'log'; readonly level: string; readonly message: string; readonly atMs: number };
