import type { Refresh } from './refresh.ts';
import type { Schedule } from './schedule.ts';

/** What a scheduler is doing. `kind` is the discriminant. */
export type RefreshSchedulerState =
  /** Not started, nothing has failed, and no refresh runs. */
  | { readonly kind: 'idle' }
  /** Waits until the lease is due. */
  | { readonly kind: 'scheduled'; readonly nextAttemptInMs: number }
  /** A refresh runs: `attempt` is 1 unless attempts before it failed. */
  | { readonly kind: 'refreshing'; readonly attempt: number; readonly reason: string | undefined }
  /**
   * The last `attempt` attempts have failed, or led nowhere; waits for the next. One that was not started makes none by itself, and
   * has the same times: when the next may be made, and when one may be made for somebody who cannot use the lease.
   */
  | {
      readonly kind: 'backing-off';
      readonly attempt: number;
      readonly nextAttemptInMs: number;
      readonly urgentAttemptInMs: number;
      readonly error: unknown;
    }
  /** Stopped for good. */
  | { readonly kind: 'stopped' };

/** The state as the scheduler keeps it; what it waits for is in its `Schedule`. */
export type InnerState<T> =
  | { readonly kind: 'waiting'; readonly refresh?: undefined }
  | { readonly kind: 'refreshing'; readonly refresh: Refresh<T> }
  /** `refresh` is there until the aborted one has ended. */
  | { readonly kind: 'stopped'; readonly refresh: Refresh<T> | undefined; readonly stopping: Promise<void> };

/** What is shown of a loop. */
interface ShownLoop<T> {
  readonly state: InnerState<T>;
  readonly schedule: Schedule<T>;
  readonly isStarted: boolean;
}

/** The state as it is shown. */
export function shownState<T>({ state, schedule, isStarted }: ShownLoop<T>): RefreshSchedulerState {
  if (state.kind === 'stopped') return { kind: 'stopped' };
  if (state.kind === 'refreshing') {
    return { kind: 'refreshing', attempt: state.refresh.attempt, reason: state.refresh.reason };
  }
  const { failure } = schedule;
  if (failure === undefined && !isStarted) return { kind: 'idle' };
  const nextAttemptInMs = Math.ceil(Math.max(0, schedule.nextAttemptInMs));
  if (failure === undefined) return { kind: 'scheduled', nextAttemptInMs };
  const urgentAttemptInMs = Math.ceil(Math.max(failure.urgentAttemptInMs, schedule.quietInMs));
  return {
    kind: 'backing-off',
    attempt: failure.attempt,
    nextAttemptInMs,
    urgentAttemptInMs,
    error: failure.error,
  };
}
