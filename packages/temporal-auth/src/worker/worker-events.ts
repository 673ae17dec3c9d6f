import type { Emitter } from '@worker-auth/refresh-scheduler';
import type { ProbeResult } from '../connection/probe.ts';

/** Temporal was asked whether it accepts the token of workers. */
export interface TemporalProbedEvent {
  /** `throttled`: Temporal answered RESOURCE_EXHAUSTED, which says nothing of the token. For the others see `TemporalHealth`. */
  readonly result: ProbeResult['kind'];
  /** Milliseconds until the answer came, or was waited for no longer. */
  readonly durationMs: number;
}

/** A connection was replaced under its running workers. */
export interface ConnectionReplacedEvent {
  /** Of Temporal: `host:port`. */
  readonly address: string | undefined;
  /** `rejected`: Temporal rejects the token on this connection and accepts it on a new one. `certificate`: there is another client certificate. */
  readonly reason: 'rejected' | 'certificate';
}

/** Whose result it is. */
export interface ActivityResultEvent {
  readonly activityType: string;
  readonly activityId: string;
  /** `undefined` for an activity that no workflow has started. */
  readonly workflowId: string | undefined;
}

/** Why Temporal does not have a result. */
export interface ActivityResultFailureEvent extends ActivityResultEvent {
  readonly reason: string;
}

/** A worker runs that `runWorker()` has made. */
export interface WorkerStartedEvent {
  readonly taskQueue: string;
  /** 1 for the first, 2 for the attempt after it, and so on; an attempt that made no worker counts too. */
  readonly attempt: number;
}

/** A worker of `runWorker()` failed, or could not be made; another attempt follows. */
export interface WorkerFailedEvent {
  readonly taskQueue: string;
  readonly error: unknown;
  /** How many have failed in a row. */
  readonly failures: number;
  /** Milliseconds until the next attempt. */
  readonly retryInMs: number;
}

/** What workers and their connections tell of. */
export interface WorkerEvents {
  readonly temporalProbed: TemporalProbedEvent;
  readonly connectionReplaced: ConnectionReplacedEvent;
  /** Temporal has not accepted the result of an activity; it is sent again until it does. */
  readonly resultPending: ActivityResultFailureEvent;
  /** Temporal has accepted a result that was pending. */
  readonly resultResent: ActivityResultEvent;
  /** A result that was pending is not sent any more: the activity may run again. */
  readonly resultAbandoned: ActivityResultFailureEvent;
  readonly workerStarted: WorkerStartedEvent;
  readonly workerFailed: WorkerFailedEvent;
}

/** Receives {@link WorkerEvents}. */
export type WorkerEventSink = Pick<Emitter<WorkerEvents>, 'emit'>;
