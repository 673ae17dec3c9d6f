import type { Instant } from '@worker-auth/internal';

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
  | { readonly kind: 'rejected' | 'unreachable'; readonly reason: string; readonly since: Instant };

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
