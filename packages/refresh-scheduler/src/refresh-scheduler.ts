import { abortable } from './abortable.ts';
import {
  backoffDelay,
  type BackoffPolicy,
  resolveBackoffPolicy,
  retryAfterOutlivesLease,
  retryHints,
} from './backoff-policy.ts';
import { type Clock, elapsedMs, type Instant, readInstant, systemClock, type Timer } from './clock.ts';
import { RefreshSchedulerError, RefreshSchedulerErrorCode } from './errors.ts';
import { Emitter, type RefreshSchedulerEvents } from './events.ts';
import { type Lease } from './lease.ts';
import { checkRange, type OptionsOf, positiveMs } from './numbers.ts';
import { refreshDelay, type RefreshPolicy, resolveRefreshPolicy } from './refresh-policy.ts';
import { type Renew, Renewal } from './renewal.ts';
import { type RefreshSchedulerState } from './scheduler-state.ts';

/** No timer is trusted for longer: timers stand still while the host sleeps, so the clocks are read this often. */
const timerStepMs = 10_000;

/** Settings of a {@link RefreshScheduler}. */
export interface RefreshSchedulerOptions<T> {
  /**
   * Obtains a new lease. Never called while an earlier call runs. May reject; an error with `retryAfterMs` or
   * `permanent` steers the next attempt (see `RetryHints`). Must end when its signal aborts.
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
  /** Whether the timer keeps the process alive. Default false. */
  readonly keepAlive?: boolean | undefined;
}

/** Settings of {@link RefreshScheduler.renewNow}. */
export interface RenewNowOptions {
  /** Why, for the events and the state; not used when a running renewal is joined. */
  readonly reason?: string | undefined;
  /** Ends this caller's wait alone; the renewal goes on. */
  readonly signal?: AbortSignal | undefined;
}

interface HeldLease<T> {
  readonly lease: Lease<T>;
  /** When it is due, in milliseconds since it was obtained: drawn once per lease. */
  readonly dueAfterMs: number;
}

interface RunningRenewal<T> {
  readonly renewal: Renewal<T>;
  readonly result: Promise<Lease<T>>;
}

type State<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'scheduled'; readonly held: HeldLease<T> }
  | { readonly kind: 'renewing'; readonly running: RunningRenewal<T> }
  | {
      readonly kind: 'backing-off';
      readonly since: Instant;
      readonly delayMs: number;
      readonly error: unknown;
    }
  | { readonly kind: 'stopped'; readonly running: RunningRenewal<T> | undefined };

/**
 * Keeps a lease fresh in the background: renews it before it ends, retries what fails, and notices at once when the
 * host slept.
 *
 * A failed renewal never throws out of the scheduler; it is an event, and the old lease is kept to its end.
 */
export class RefreshScheduler<T> implements AsyncDisposable {
  readonly #renew: Renew<T>;
  readonly #policy: RefreshPolicy;
  readonly #backoff: BackoffPolicy;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #renewTimeoutMs: number;
  readonly #keepAlive: boolean;
  readonly #events = new Emitter<RefreshSchedulerEvents<T>>();
  #state: State<T> = { kind: 'idle' };
  #started = false;
  #held: HeldLease<T> | undefined;
  #expiryReported = false;
  #failures = 0;
  #timer: Timer | undefined;
  #stopping: Promise<void> | undefined;

  /** @throws RangeError for a setting outside its range */
  constructor(options: RefreshSchedulerOptions<T>) {
    this.#renew = options.renew;
    this.#policy = resolveRefreshPolicy(options.policy);
    this.#backoff = resolveBackoffPolicy(options.backoff);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#renewTimeoutMs = options.renewTimeoutMs ?? 10_000;
    checkRange('renewTimeoutMs', this.#renewTimeoutMs, positiveMs);
    this.#keepAlive = options.keepAlive ?? false;
    if (options.initialLease !== undefined) this.#hold(options.initialLease);
  }

  /** The newest lease while it is good, by both clocks; `undefined` before the first and after its end. */
  get lease(): Lease<T> | undefined {
    return this.#leaseRemainingMs() > 0 ? this.#held?.lease : undefined;
  }

  /** What the scheduler is doing, as of now. */
  get state(): RefreshSchedulerState {
    const state = this.#state;
    switch (state.kind) {
      case 'scheduled':
        return { kind: 'scheduled', nextAttemptInMs: this.#nextAttemptInMs() };
      case 'renewing': {
        const { attempt, reason } = state.running.renewal;
        return { kind: 'renewing', attempt, reason };
      }
      case 'backing-off':
        return {
          kind: 'backing-off',
          attempt: this.#failures,
          nextAttemptInMs: this.#nextAttemptInMs(),
          error: state.error,
        };
      case 'idle':
      case 'stopped':
        return { kind: state.kind };
    }
  }

  /**
   * Adds a listener. What it throws is dropped.
   *
   * @returns the function that removes it
   */
  on<K extends keyof RefreshSchedulerEvents<T>>(
    event: K,
    listener: (event: RefreshSchedulerEvents<T>[K]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Begins to renew: at once when there is no good lease, else when it is due. Does not wait and does not throw when the
   * first renewal fails; `renewNow()` joins it. Called again it does nothing.
   *
   * @throws RefreshSchedulerError (`stopped`) after `stop()`
   */
  start(): void {
    if (this.#state.kind === 'stopped') throw stoppedError();
    if (this.#started) return;
    this.#started = true;
    if (this.#state.kind === 'idle') this.#wait();
    this.#tick();
  }

  /**
   * Renews now, whatever the schedule says, or joins the renewal that runs. Works before `start()` too. The promise may
   * be left alone: a failure is an event as well, never an unhandled rejection.
   *
   * @throws what `renew` throws, a RefreshSchedulerError, or the signal's reason
   */
  renewNow(options: RenewNowOptions = {}): Promise<Lease<T>> {
    const state = this.#state;
    if (state.kind === 'stopped') return handled(Promise.reject(stoppedError()));
    if (options.signal?.aborted === true)
      return handled(abortable(new Promise<never>(() => {}), options.signal));
    const { result } = state.kind === 'renewing' ? state.running : this.#begin(options.reason);
    this.#arm();
    return handled(abortable(result, options.signal));
  }

  /**
   * Hands in a lease that was obtained elsewhere; the next renewal is scheduled from it.
   *
   * @returns false when it was not taken: it is older than the one at hand, over already, or the scheduler is stopped
   * @throws RangeError when its lifetime is not a finite number above 0
   */
  accept(lease: Lease<T>): boolean {
    checkRange('lifetimeMs', lease.lifetimeMs, positiveMs);
    if (this.#state.kind === 'stopped' || this.#isOver(lease) || !this.#hold(lease)) return false;
    if (this.#state.kind === 'scheduled' || this.#state.kind === 'backing-off') this.#wait();
    this.#arm();
    return true;
  }

  /**
   * Stops for good: no attempt is made any more. Aborts the renewal that runs and waits for its end, at most until its
   * deadline. Never rejects; called again it returns the same promise.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** The same as `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const running = this.#state.kind === 'renewing' ? this.#state.running : undefined;
    this.#state = { kind: 'stopped', running };
    running?.renewal.abort(stoppedError());
    this.#arm();
    await running?.result.catch(() => undefined);
    this.#state = { kind: 'stopped', running: undefined };
    this.#arm();
    this.#events.emit('stopped', undefined);
  }

  #begin(reason: string | undefined): RunningRenewal<T> {
    const renewal = new Renewal(
      this.#renew,
      { attempt: this.#failures + 1, reason },
      { clock: this.#clock, timeoutMs: this.#renewTimeoutMs },
    );
    const result = renewal.outcome.then(
      (lease) => this.#succeeded(renewal, lease),
      (error: unknown) => this.#failed(renewal, error),
    );
    const running = { renewal, result: handled(result) };
    this.#state = { kind: 'renewing', running };
    return running;
  }

  #succeeded(renewal: Renewal<T>, lease: Lease<T>): Lease<T> {
    if (!(Number.isFinite(lease.lifetimeMs) && lease.lifetimeMs > 0) || this.#isOver(lease)) {
      return this.#failed(renewal, badLeaseError(lease.lifetimeMs));
    }
    if (this.#state.kind === 'stopped') throw stoppedError();
    this.#hold(lease);
    const newest = this.#held?.lease ?? lease;
    this.#wait();
    this.#arm();
    this.#events.emit('renewed', {
      lease: newest,
      nextAttemptInMs: this.#started ? this.#nextAttemptInMs() : undefined,
      reason: renewal.reason,
    });
    return newest;
  }

  #failed(renewal: Renewal<T>, error: unknown): never {
    if (this.#state.kind === 'stopped') throw stoppedError();
    const { attempt } = renewal;
    const leaseRemainingMs = Math.max(0, this.#leaseRemainingMs());
    const failure = { attempt, leaseRemainingMs, ...retryHints(error) };
    if (this.#held !== undefined && isOlder(renewal.startedAt, this.#held.lease.obtainedAt)) {
      // A newer lease was handed in meanwhile: what failed is not needed any more.
      this.#wait();
    } else {
      this.#failures = attempt;
      this.#state = this.#started
        ? {
            kind: 'backing-off',
            since: readInstant(this.#clock),
            delayMs: backoffDelay(failure, this.#backoff, this.#random),
            error,
          }
        : { kind: 'idle' };
    }
    this.#arm();
    this.#events.emit('renewalFailed', {
      error,
      attempt,
      nextAttemptInMs: this.#started ? this.#nextAttemptInMs() : undefined,
      leaseRemainingMs,
      retryAfterOutlivesLease: retryAfterOutlivesLease(failure, this.#backoff),
      reason: renewal.reason,
    });
    throw error;
  }

  /** Takes the lease unless it is older than the one at hand, and draws when it is due. */
  #hold(lease: Lease<T>): boolean {
    if (this.#held !== undefined && isOlder(lease.obtainedAt, this.#held.lease.obtainedAt)) return false;
    this.#held = { lease, dueAfterMs: refreshDelay(lease.lifetimeMs, this.#policy, this.#random) };
    this.#expiryReported = false;
    return true;
  }

  /** After a success, or at the start: waits until the lease is due. */
  #wait(): void {
    this.#failures = 0;
    if (!this.#started) this.#state = { kind: 'idle' };
    else if (this.#held === undefined) this.#begin(undefined);
    else this.#state = { kind: 'scheduled', held: this.#held };
  }

  /** Acts on whatever has come due, and sets the timer for the rest. */
  #tick(): void {
    this.#reportExpiry();
    const state = this.#state;
    if (state.kind === 'scheduled' || state.kind === 'backing-off') {
      if (this.#nextAttemptInMs() <= 0) this.#begin(undefined);
    } else if (
      state.kind !== 'idle' &&
      state.running !== undefined &&
      state.running.renewal.deadlineInMs <= 0
    ) {
      state.running.renewal.timeOut();
    }
    this.#arm();
  }

  #reportExpiry(): void {
    if (this.#held === undefined || this.#expiryInMs() > 0) return;
    this.#expiryReported = true;
    this.#events.emit('leaseExpired', { lease: this.#held.lease });
  }

  /** The one timer of this scheduler: at most a step long, and none when nothing is awaited. */
  #arm(): void {
    this.#timer?.cancel();
    const waitMs = Math.min(this.#nextAttemptInMs(), this.#expiryInMs(), this.#deadlineInMs());
    this.#timer =
      waitMs === Infinity
        ? undefined
        : this.#clock.startTimer(
            () => {
              this.#tick();
            },
            Math.min(timerStepMs, Math.max(0, Math.ceil(waitMs))),
            { keepAlive: this.#keepAlive },
          );
  }

  #nextAttemptInMs(): number {
    const state = this.#state;
    switch (state.kind) {
      case 'scheduled':
        return state.held.dueAfterMs - elapsedMs(this.#clock, state.held.lease.obtainedAt);
      case 'backing-off':
        return state.delayMs - elapsedMs(this.#clock, state.since);
      case 'idle':
      case 'renewing':
      case 'stopped':
        return Infinity;
    }
  }

  #expiryInMs(): number {
    const isWatched = this.#started && this.#state.kind !== 'stopped' && this.#held !== undefined;
    return isWatched && !this.#expiryReported ? this.#leaseRemainingMs() : Infinity;
  }

  #deadlineInMs(): number {
    const state = this.#state;
    const running = state.kind === 'renewing' || state.kind === 'stopped' ? state.running : undefined;
    return running?.renewal.deadlineInMs ?? Infinity;
  }

  #leaseRemainingMs(): number {
    return this.#held === undefined ? 0 : remainingMs(this.#clock, this.#held.lease);
  }

  #isOver(lease: Lease<T>): boolean {
    return remainingMs(this.#clock, lease) <= 0;
  }
}

function remainingMs(clock: Clock, lease: Lease<unknown>): number {
  return lease.lifetimeMs - elapsedMs(clock, lease.obtainedAt);
}

function isOlder(instant: Instant, than: Instant): boolean {
  return instant.monotonicMs < than.monotonicMs;
}

/** The same promise, whose rejection counts as seen even when nobody awaits it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function stoppedError(): RefreshSchedulerError {
  return new RefreshSchedulerError(
    RefreshSchedulerErrorCode.stopped,
    'The refresh scheduler was stopped; create a new one to renew again',
  );
}

function badLeaseError(lifetimeMs: number): RefreshSchedulerError {
  return new RefreshSchedulerError(
    RefreshSchedulerErrorCode.badLease,
    `The renewal gave a lease that is over already or has no end; received lifetimeMs ${String(lifetimeMs)}`,
  );
}
