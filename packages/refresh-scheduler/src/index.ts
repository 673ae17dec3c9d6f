export {
  backoffDelay,
  type BackoffPolicy,
  defaultBackoffPolicy,
  type RefreshFailure,
  resolveBackoffPolicy,
  type RetryHints,
  retryHints,
} from './backoff-policy.ts';
export { Emitter } from './emitter.ts';
export {
  abortable,
  type Clock,
  elapsedMs,
  type Instant,
  type OptionsOf,
  readInstant,
  systemClock,
  type Timer,
} from '@worker-auth/internal';
export {
  RefreshSchedulerError,
  RefreshSchedulerErrorCode,
  type RefreshSchedulerErrorOptions,
} from './errors.ts';
export {
  type LeaseExpiredEvent,
  type RefreshSchedulerEvents,
  type RefreshFailedEvent,
  type RefreshedEvent,
} from './events.ts';
export { type Lease, remainingMs } from './lease.ts';
export {
  defaultRefreshPolicy,
  refreshDelay,
  type RefreshPolicy,
  resolveRefreshPolicy,
} from './refresh-policy.ts';
export { RefreshScheduler } from './refresh-scheduler.ts';
export {
  type DiscardOptions,
  type RefreshSchedulerOptions,
  type RefreshNowOptions,
} from './scheduler-options.ts';
export { type RefreshLease } from './refresh.ts';
export { type RefreshSchedulerState } from './scheduler-state.ts';
