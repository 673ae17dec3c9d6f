import type { Instant } from '@worker-auth/internal';
import type { Emitter } from '@worker-auth/refresh-scheduler';

// Programs without workers see these types too: nothing here may name `@temporalio/worker`, which is not there then.

/** The state of a `SupervisedWorker`; while a worker runs, that of the worker, in Temporal's words. */
export type SupervisedState =
  | 'INITIALIZED'
  | 'RUNNING'
  | 'STOPPED'
  | 'STOPPING'
  | 'DRAINING'
  | 'DRAINED'
  | 'FAILED'
  | 'STARTING'
  | 'WAITING';

/** What is known of the token that a connection carries. */
export type TokenHealth =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'good' }
  | { readonly kind: 'refused' | 'unreachable'; readonly reason: string; readonly since: Instant };

/** How one worker is. */
export interface WorkerHealth {
  readonly taskQueue: string;
  /**
   * Temporal's word for it: `RUNNING` and so on. Of a worker of `runWorker()`, `STARTING` while one is made and `WAITING` from the failure of
   * one until another is. `FAILED` is one in whose place no other comes.
   */
  readonly state: SupervisedState;
  /** How many workers have taken the place of another one, under `runWorker()` or `superviseWorker()`. */
  readonly restarts: number;
}

/** Events of a supervised worker. */
export interface SupervisionEvents {
  /** A worker runs: 1 for the first attempt, 2 for the one after it, and so on. */
  readonly workerStarted: { readonly attempt: number };
  /** A worker failed, or could not be made, and another attempt follows, in so many milliseconds. `failures`: how many in a row. */
  readonly workerFailed: {
    readonly error: unknown;
    readonly failures: number;
    readonly retryInMs: number;
  };
}

/** Whose result it is. */
export interface ActivityResultEvent {
  readonly activityType: string;
  readonly activityId: string;
  /** `undefined` for an activity that no workflow has started. */
  readonly workflowId: string | undefined;
}

/** What workers and their connections report. */
export interface WorkerEvents {
  /** Temporal was asked whether it accepts the token of workers. */
  readonly temporalProbed: {
    /** `throttled`: Temporal answered RESOURCE_EXHAUSTED, which says nothing of the token. For the others see `TemporalHealth`. */
    readonly result: 'good' | 'refused' | 'throttled' | 'unreachable';
    /** Milliseconds until the answer came, or was waited for no longer. */
    readonly durationMs: number;
  };
  /** A connection was replaced under its running workers. */
  readonly connectionReplaced: {
    /** Of Temporal: `host:port`. */
    readonly address: string | undefined;
    /** `rejected`: Temporal rejects the token on this connection and accepts it on a new one. `certificate`: there is another client certificate. */
    readonly reason: 'rejected' | 'certificate';
  };
  /** Temporal has not accepted the result of an activity; it is sent again until it does. */
  readonly resultPending: ActivityResultEvent & { readonly reason: string };
  /** Temporal has accepted a result that was pending. */
  readonly resultResent: ActivityResultEvent;
  /** A result that was pending is not sent any more: the activity may run again. */
  readonly resultAbandoned: ActivityResultEvent & { readonly reason: string };
  /** A worker of `runWorker()` runs. */
  readonly workerStarted: SupervisionEvents['workerStarted'] & { readonly taskQueue: string };
  /** A worker of `runWorker()` failed, or could not be made; another attempt follows. */
  readonly workerFailed: SupervisionEvents['workerFailed'] & { readonly taskQueue: string };
}

export type WorkerEventSink = Pick<Emitter<WorkerEvents>, 'emit'>;
