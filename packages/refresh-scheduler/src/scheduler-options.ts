import {
  callSafely,
  checkBoolean,
  checkFunction,
  checkOptions,
  checkRange,
  type Clock,
  type OptionNames,
  type OptionsOf,
  positiveMs,
  systemClock,
} from '@worker-auth/internal';
import { type BackoffPolicy, resolveBackoffPolicy, type RetryHints, retryHints } from './backoff-policy.ts';
import { checkLease, type Lease } from './lease.ts';
import { type RefreshPolicy, resolveRefreshPolicy } from './refresh-policy.ts';
import type { RefreshLease } from './refresh.ts';

/** Settings of a `RefreshScheduler`. */
export interface RefreshSchedulerOptions<T> {
  /**
   * Obtains a new lease. Never called while an earlier call runs, provided that it ends when its signal aborts. May
   * reject; an error with `retryAfterMs` or `retryInMs` steers the next attempt (see `RetryHints`).
   */
  readonly refresh: RefreshLease<T>;
  /** A lease that is there already, so that `start()` need not refresh at once. Default none. */
  readonly initialLease?: Lease<T> | undefined;
  /** When a lease is due. Default `defaultRefreshPolicy`. */
  readonly policy?: OptionsOf<RefreshPolicy> | undefined;
  /** How long to wait after a failure. Default `defaultBackoffPolicy`. */
  readonly backoff?: OptionsOf<BackoffPolicy> | undefined;
  /** What an error says about the next attempt. Default: its fields, see `RetryHints`. */
  readonly hintsOf?: ((error: unknown) => RetryHints) | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** A refresh that takes longer is aborted and counts as failed. Milliseconds, above 0. Default 10 s. */
  readonly refreshTimeoutMs?: number | undefined;
  /** Whether the schedule keeps the process alive; who waits for a refresh always does. Default false. */
  readonly keepAlive?: boolean | undefined;
}

/** Settings of `RefreshScheduler.refreshNow`. */
export interface RefreshNowOptions {
  /** Why, for the events and the state; not used when a running refresh is joined. */
  readonly reason?: string | undefined;
  /** Ends this caller's wait alone; the refresh goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Settings of `RefreshScheduler.discard`. */
export interface DiscardOptions {
  /** Whether the wait after a failure ends; what the server asked for (`retryAfterMs`) never does. Default false. */
  readonly retryAtOnce?: boolean | undefined;
}

/** {@link RefreshSchedulerOptions}, checked and with defaults. */
export interface SchedulerSettings<T> {
  readonly refresh: RefreshLease<T>;
  readonly policy: RefreshPolicy;
  readonly backoff: BackoffPolicy;
  readonly hintsOf: (error: unknown) => RetryHints;
  readonly clock: Clock;
  readonly random: () => number;
  readonly refreshTimeoutMs: number;
  readonly keepAlive: boolean;
}

const optionNames: OptionNames<RefreshSchedulerOptions<unknown>> = {
  refresh: true,
  initialLease: true,
  policy: true,
  backoff: true,
  hintsOf: true,
  clock: true,
  random: true,
  refreshTimeoutMs: true,
  keepAlive: true,
};

/**
 * Checks the options of a scheduler and fills in the defaults.
 *
 * @throws RangeError for a number outside its range, TypeError for what is no function, no boolean or no lease
 */
export function resolveOptions<T>(options: RefreshSchedulerOptions<T>): SchedulerSettings<T> {
  checkOptions('RefreshScheduler', options, optionNames);
  const {
    refresh,
    refreshTimeoutMs = 10_000,
    initialLease,
    hintsOf,
    random = Math.random,
    keepAlive,
  } = options;
  checkFunction('refresh', refresh);
  checkFunction('random', random);
  if (hintsOf !== undefined) checkFunction('hintsOf', hintsOf);
  checkBoolean('keepAlive', keepAlive);
  checkRange('refreshTimeoutMs', refreshTimeoutMs, positiveMs);
  if (initialLease !== undefined) checkLease(initialLease);
  return {
    refresh,
    policy: resolveRefreshPolicy(options.policy),
    backoff: resolveBackoffPolicy(options.backoff),
    hintsOf: hintsOf === undefined ? retryHints : (error) => retryHints(callSafely(() => hintsOf(error), {})),
    clock: options.clock ?? systemClock,
    random,
    refreshTimeoutMs,
    keepAlive: keepAlive ?? false,
  };
}
