import type { Emitter } from '@worker-auth/refresh-scheduler';
import type { ProbeAnswer } from './probe.ts';

/** Temporal was asked whether it takes the token, by a probe of the watchdog. */
export interface TemporalProbedEvent {
  /** See `TemporalHealth`. */
  readonly answer: ProbeAnswer['kind'];
  /** Milliseconds until the answer was there, or was waited for no longer. */
  readonly durationMs: number;
}

/** Workers were parked: they poll nothing until Temporal takes the token. */
export interface WorkersParkedEvent {
  /** How many. */
  readonly workers: number;
}

/** They poll again. */
export interface WorkersUnparkedEvent extends WorkersParkedEvent {
  /** For how long they were parked, in milliseconds. */
  readonly parkedMs: number;
}

/** Whose outcome it is. */
export interface OutcomeEvent {
  readonly activityType: string;
  readonly activityId: string;
  /** `undefined` for an activity that no workflow has started. */
  readonly workflowId: string | undefined;
}

/** An outcome that is held, kept or told again from here no longer: nobody knows whether Temporal gets it. */
export interface OutcomeGivenUpEvent extends OutcomeEvent {
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
  readonly workersParked: WorkersParkedEvent;
  readonly workersUnparked: WorkersUnparkedEvent;
  /** The outcome of an activity is held, since Temporal takes no token. */
  readonly outcomeHeld: OutcomeEvent;
  /** An outcome that may not have arrived was told once more, and Temporal has it. */
  readonly outcomeRedelivered: OutcomeEvent;
  /** The activity may run again. */
  readonly outcomeGivenUp: OutcomeGivenUpEvent;
  readonly workerStarted: WorkerStartedEvent;
  readonly workerFailed: WorkerFailedEvent;
}

const names: Readonly<Record<keyof WorkerEvents, true>> = {
  temporalProbed: true,
  workersParked: true,
  workersUnparked: true,
  outcomeHeld: true,
  outcomeRedelivered: true,
  outcomeGivenUp: true,
  workerStarted: true,
  workerFailed: true,
};

export function isWorkerEvent(name: string): name is keyof WorkerEvents {
  return Object.hasOwn(names, name);
}

/** Who is told of {@link WorkerEvents}. */
export type WorkerEventSink = Pick<Emitter<WorkerEvents>, 'emit'>;
