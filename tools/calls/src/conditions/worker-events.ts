import type { Emitter } from '@worker-auth/refresh-scheduler';

/** What Temporal says of a token. `throttled` (RESOURCE_EXHAUSTED) and `unreachable` (no answer, or another one) say nothing of it. */
export type ProbeResultKind = 'good' | 'rejected' | 'throttled' | 'unreachable';

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

/**
 * Why a result is abandoned: a time-out of its activity was shorter than the outage, its worker has been shut down for `shutdownTimeoutMs`, or the
 * client, the plugin or its connection was closed. `neverAccepted`: Temporal, or a proxy before it, says that it is too large.
 */
export type ResultLimit =
  | 'startToCloseTimeout'
  | 'scheduleToCloseTimeout'
  | 'shutdown'
  | 'closed'
  | 'neverAccepted';

/** What workers and their connections report. */
export interface WorkerEvents {
  /** Temporal was asked whether it accepts the token of workers. */
  readonly temporalProbed: {
    /** `throttled`: Temporal answered RESOURCE_EXHAUSTED, which says nothing of the token. For the others see `TemporalHealth`. */
    readonly result: ProbeResultKind;
    /** Milliseconds until the answer came, or was waited for no longer. */
    readonly durationMs: number;
  };
  /** A connection was replaced under its running workers. */
  readonly connectionReplaced: {
    /** Of Temporal: `host:port`. */
    readonly address: string | undefined;
    /**
     * `rejected`, `silent`: Temporal rejects the token on this connection, or does not answer, and accepts it on a new one.
     * `certificate`: there is another client certificate.
     */
    readonly reason: 'rejected' | 'silent' | 'certificate';
  };
  /** Temporal has not accepted the result of an activity; it is sent again until it does. */
  readonly resultPending: ActivityResultEvent & { readonly reason: string };
  /** Temporal has accepted a result that was pending. */
  readonly resultDelivered: ActivityResultEvent;
  /** Temporal no longer wants a result, pending or not: the activity has timed out, its workflow has ended, or an unanswered call delivered it. */
  readonly resultGone: ActivityResultEvent & { readonly reason: string };
  /** A result is not sent any more: the activity may run again. */
  readonly resultAbandoned: ActivityResultEvent & {
    readonly reason: string;
    readonly because: ResultLimit;
  };
  /** A worker of `runWorker()` runs. */
  readonly workerStarted: SupervisionEvents['workerStarted'] & { readonly taskQueue: string };
  /** A worker of `runWorker()` failed, or could not be made; another attempt follows. */
  readonly workerFailed: SupervisionEvents['workerFailed'] & { readonly taskQueue: string };
}

export type WorkerEventSink = Pick<Emitter<WorkerEvents>, 'emit'>;
