import { RefreshScheduler } from '@worker-auth/refresh-scheduler';
import type { Attempts, ObtainedToken, RefreshSettings } from '../request/attempts.ts';
import { hintsOf } from './error-for-callers.ts';

/** What decides when the next attempt for a token is made. */
export type TokenScheduler = RefreshScheduler<ObtainedToken>;

export function tokenScheduler(settings: RefreshSettings, attempts: Attempts): TokenScheduler {
  const { attemptTimeoutMs, policy, backoff, clock, random } = settings;
  return new RefreshScheduler<ObtainedToken>({
    refresh: (signal) => attempts.obtain(signal),
    refreshTimeoutMs: attemptTimeoutMs,
    policy,
    backoff,
    hintsOf: (error) => hintsOf(error, attempts.retryInMs(error)),
    clock,
    random,
  });
}

/** Milliseconds until the next attempt, or until a caller's request sets one off; 0 while one runs, `undefined` when none is planned. */
export function nextRefreshInMs({ state, dueInMs }: TokenScheduler): number | undefined {
  if (state.kind === 'refreshing') return 0;
  if ('nextAttemptInMs' in state) return state.nextAttemptInMs;
  return state.kind === 'stopped' || dueInMs === undefined ? undefined : Math.max(0, dueInMs);
}
