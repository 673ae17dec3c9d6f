import type { Lease } from './lease.ts';

/** A refresh succeeded. */
export interface RefreshedEvent<T> {
  readonly lease: Lease<T>;
  /** Milliseconds until the next refresh is due; `undefined` when the scheduler was not started. */
  readonly nextAttemptInMs: number | undefined;
  /** What `refreshNow` gave as its reason; `undefined` for a refresh that was due. */
  readonly reason: string | undefined;
}

/** A refresh failed; the lease, if it lives, is kept to its end. */
export interface RefreshFailedEvent {
  /** What `refresh` threw, or a `RefreshSchedulerError`. */
  readonly error: unknown;
  /** How many attempts have failed in a row: 1 after the first, and again 1 after the first without a lease. */
  readonly attempt: number;
  /** Milliseconds until the next attempt; `undefined` when the scheduler was not started. */
  readonly nextAttemptInMs: number | undefined;
  /** What remains of the lease, in milliseconds; 0 when it has ended or there never was one. */
  readonly leaseRemainingMs: number;
  /** Whether the wait that the server asked for (`retryAfterMs`) is longer than what remains of the lease. */
  readonly retryAfterOutlivesLease: boolean;
  /** What `refreshNow` gave as its reason; `undefined` for a refresh that was due. */
  readonly reason: string | undefined;
}

/** A lease ended before a newer one was there; the scheduler keeps trying. */
export interface LeaseExpiredEvent<T> {
  readonly lease: Lease<T>;
}

/** The events of a scheduler and what their listeners receive. */
export interface RefreshSchedulerEvents<T> {
  readonly refreshed: RefreshedEvent<T>;
  readonly refreshFailed: RefreshFailedEvent;
  readonly leaseExpired: LeaseExpiredEvent<T>;
  /** The scheduler was stopped, and no refresh runs any more. */
  readonly stopped: undefined;
}
