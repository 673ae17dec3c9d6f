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
export interface TokenHealth {
  readonly kind: 'unknown' | 'good' | 'rejected' | 'unreachable';
  /** Whether it was good before, or is. */
  readonly wasAccepted: boolean;
}

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
