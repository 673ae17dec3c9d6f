import type { Instant } from '@worker-auth/inlined';

// What is told of workers to whoever has a client alone: nothing here may name `@temporalio/worker`, which is not there then.

/** What a `SupervisedWorker` does; while a worker runs, what that does, in Temporal's words. */
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
