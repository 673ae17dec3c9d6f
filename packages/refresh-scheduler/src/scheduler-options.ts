import type { BackoffPolicy } from './backoff-policy.ts';
import type { Clock, OptionsOf } from '@worker-auth/inlined';
import type { Lease } from './lease.ts';
import type { RefreshPolicy } from './refresh-policy.ts';
import type { Renew } from './renewal.ts';

/** Settings of a `RefreshScheduler`. */
export interface RefreshSchedulerOptions<T> {
  /**
   * Obtains a new lease. Never called while an earlier call runs, provided that it ends when its signal aborts. May
   * reject; an error with `retryAfterMs` or `permanent` steers the next attempt (see `RetryHints`).
   */
  readonly renew: Renew<T>;
  /** A lease that is there already, so that `start()` need not renew at once. Default none. */
  readonly initialLease?: Lease<T> | undefined;
  /** When a lease is due. Default `defaultRefreshPolicy`. */
  readonly policy?: OptionsOf<RefreshPolicy> | undefined;
  /** How long to wait after a failure. Default `defaultBackoffPolicy`. */
  readonly backoff?: OptionsOf<BackoffPolicy> | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** A renewal that takes longer is aborted and counts as failed. Milliseconds, above 0. Default 10 s. */
  readonly renewTimeoutMs?: number | undefined;
  /** Whether the scheduler's timer keeps the process alive. Default false. */
  readonly keepAlive?: boolean | undefined;
}

/** Settings of `RefreshScheduler.renewNow`. */
export interface RenewNowOptions {
  /** Why, for the events and the state; not used when a running renewal is joined. */
  readonly reason?: string | undefined;
  /** Ends this caller's wait alone; the renewal goes on. */
  readonly signal?: AbortSignal | undefined;
}
