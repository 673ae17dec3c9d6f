import type { Instant } from '@worker-auth/inlined';
import type { HeldLease } from './held-lease.ts';
import type { Lease } from './lease.ts';
import type { Renewal } from './renewal.ts';

/** What a scheduler is doing. Told apart by `kind`. */
export type RefreshSchedulerState =
  /** Not started, and no renewal runs. */
  | { readonly kind: 'idle' }
  /** Waits until the lease is due. */
  | { readonly kind: 'scheduled'; readonly nextAttemptInMs: number }
  /** A renewal runs: `attempt` is 1 unless attempts before it failed. */
  | { readonly kind: 'renewing'; readonly attempt: number; readonly reason: string | undefined }
  /** The last `attempt` attempts have failed; waits for the next. */
  | {
      readonly kind: 'backing-off';
      readonly attempt: number;
      readonly nextAttemptInMs: number;
      readonly error: unknown;
    }
  /** Stopped for good. */
  | { readonly kind: 'stopped' };

/** A renewal and what its callers wait for. */
export interface RunningRenewal<T> {
  readonly renewal: Renewal<T>;
  /** Settles after the scheduler has acted on the outcome. */
  readonly result: Promise<Lease<T>>;
}

/** The state as the scheduler keeps it: moments instead of what is left until them. */
export type InnerState<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'scheduled'; readonly held: HeldLease<T> }
  | { readonly kind: 'renewing'; readonly running: RunningRenewal<T> }
  | {
      readonly kind: 'backing-off';
      readonly attempt: number;
      readonly since: Instant;
      readonly delayMs: number;
      readonly error: unknown;
    }
  /** `running` is there until the aborted renewal has ended. */
  | { readonly kind: 'stopped'; readonly running?: RunningRenewal<T> };

/** The state as it is shown. */
export function shownState<T>(state: InnerState<T>, nextAttemptInMs: number): RefreshSchedulerState {
  switch (state.kind) {
    case 'scheduled':
      return { kind: 'scheduled', nextAttemptInMs };
    case 'renewing': {
      const { attempt, reason } = state.running.renewal;
      return { kind: 'renewing', attempt, reason };
    }
    case 'backing-off':
      return { kind: 'backing-off', attempt: state.attempt, nextAttemptInMs, error: state.error };
    case 'idle':
    case 'stopped':
      return { kind: state.kind };
  }
}
