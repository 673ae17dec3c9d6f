import {
  abortable,
  checkRange,
  elapsedMs,
  handled,
  type Clock,
  positiveMs,
  readInstant,
  systemClock,
} from '@worker-auth/inlined';
import {
  backoffDelay,
  type BackoffPolicy,
  resolveBackoffPolicy,
  retryAfterOutlivesLease,
  retryHints,
} from './backoff-policy.ts';
import { stoppedError } from './errors.ts';
import { Emitter, type RefreshSchedulerEvents } from './events.ts';
import { HeldLease } from './held-lease.ts';
import { type Lease, remainingMs } from './lease.ts';
import { type RefreshPolicy, resolveRefreshPolicy } from './refresh-policy.ts';
import { type Renew, Renewal } from './renewal.ts';
import type { RefreshSchedulerOptions, RenewNowOptions } from './scheduler-options.ts';
import {
  type InnerState,
  type RefreshSchedulerState,
  type RunningRenewal,
  shownState,
} from './scheduler-state.ts';
import { StepTimer } from './step-timer.ts';

/**
 * Keeps a lease fresh in the background: renews it before it ends, retries what fails, and notices when the host slept.
 * A failed renewal is an event, never an exception out of the scheduler, and the old lease is kept to its end.
 */
export class RefreshScheduler<T> implements AsyncDisposable {
  readonly #renew: Renew<T>;
  readonly #policy: RefreshPolicy;
  readonly #backoff: BackoffPolicy;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #renewTimeoutMs: number;
  readonly #timer: StepTimer;
  readonly #events = new Emitter<RefreshSchedulerEvents<T>>();
  #state: InnerState<T> = { kind: 'idle' };
  #isStarted = false;
  #held: HeldLease<T> | undefined;
  #isEndReported = false;
  #failures = { inARow: 0, withLease: false };
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
    const onTimer = (): void => {
      this.#act();
    };
    this.#timer = new StepTimer(onTimer, this.#clock, { keepAlive: options.keepAlive ?? false });
    if (options.initialLease !== undefined) this.#hold(options.initialLease);
  }

  /** The newest lease while it is good, by both clocks; `undefined` before the first one and after its end. */
  get lease(): Lease<T> | undefined {
    return this.#held !== undefined && this.#held.endsInMs > 0 ? this.#held.lease : undefined;
  }

  /** What the scheduler is doing, as of now. */
  get state(): RefreshSchedulerState {
    return shownState(this.#state, Math.max(0, this.#nextAttemptInMs()));
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
   * Begins to renew: at once when there is no good lease, else when it is due. Neither waits for the first renewal nor
   * throws when it fails; `renewNow()` joins it. Called again it does nothing.
   *
   * @throws RefreshSchedulerError (`stopped`) after `stop()`
   */
  start(): void {
    if (this.#state.kind === 'stopped') throw stoppedError();
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (this.#state.kind === 'idle') this.#waitOrBegin();
    this.#act();
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
    if (options.signal?.aborted === true) return handled(Promise.reject(options.signal.reason as Error));
    const running = state.kind === 'renewing' ? state.running : this.#begin(options.reason);
    return handled(abortable(running.result, options.signal));
  }

  /**
   * Hands in a lease that was obtained elsewhere; the next renewal is scheduled from it. No event is emitted.
   *
   * @returns false when it was not taken: it is older than the one at hand, over already, or the scheduler is stopped
   * @throws RangeError when its lifetime is not a finite number above 0
   */
  accept(lease: Lease<T>): boolean {
    checkRange('lifetimeMs', lease.lifetimeMs, positiveMs);
    if (this.#state.kind === 'stopped' || remainingMs(this.#clock, lease) <= 0) return false;
    if (this.#hold(lease).lease !== lease) return false;
    if (this.#state.kind === 'scheduled' || this.#state.kind === 'backing-off') this.#waitOrBegin();
    this.#setTimer();
    return true;
  }

  /**
   * Stops for good: no attempt is made any more. Aborts the renewal that runs and waits for its end, at most until its
   * deadline. Never rejects; called again it returns the same promise.
   */
  stop(): Promise<void> {
    if (this.#stopping === undefined) {
      const running = this.#running;
      this.#state = { kind: 'stopped', ...(running && { running }) };
      this.#setTimer();
      this.#stopping = this.#finish(running);
      running?.renewal.abort(stoppedError());
    }
    return this.#stopping;
  }

  /** The same as `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #finish(running: RunningRenewal<T> | undefined): Promise<void> {
    await running?.result.catch(() => undefined);
    this.#state = { kind: 'stopped' };
    this.#setTimer();
    this.#events.emit('stopped', undefined);
  }

  #begin(reason?: string): RunningRenewal<T> {
    const attempt = this.#failuresThatCount() + 1;
    const renewal = new Renewal<T>({ clock: this.#clock, timeoutMs: this.#renewTimeoutMs, attempt, reason });
    const result = renewal.outcome.then(
      (lease) => this.#succeeded(renewal, lease),
      (error: unknown) => this.#failed(renewal, error),
    );
    const running = { renewal, result: handled(result) };
    this.#state = { kind: 'renewing', running };
    void renewal.run(this.#renew);
    this.#setTimer();
    return running;
  }

  #succeeded(renewal: Renewal<T>, lease: Lease<T>): Lease<T> {
    if (this.#state.kind === 'stopped') throw stoppedError();
    const { lease: newest } = this.#hold(lease);
    this.#waitOrBegin();
    this.#setTimer();
    this.#events.emit('renewed', { lease: newest, ...this.#outlook(renewal) });
    return newest;
  }

  #failed(renewal: Renewal<T>, error: unknown): never {
    if (this.#state.kind === 'stopped') throw stoppedError();
    const { attempt, startedAt } = renewal;
    const isSuperseded = this.#held?.isNewerThan(startedAt) === true;
    const leaseRemainingMs = Math.max(0, this.#held?.endsInMs ?? 0);
    this.#failures = { inARow: isSuperseded ? 0 : attempt, withLease: leaseRemainingMs > 0 };
    const failure = { attempt, leaseRemainingMs, ...retryHints(error) };
    if (!this.#isStarted || isSuperseded) {
      // Before start() nothing is retried, and with a newer lease handed in meanwhile nothing need be.
      this.#waitOrBegin();
    } else {
      const delayMs = backoffDelay(failure, this.#backoff, this.#random);
      this.#state = { kind: 'backing-off', attempt, since: readInstant(this.#clock), delayMs, error };
    }
    this.#setTimer();
    this.#events.emit('renewalFailed', {
      error,
      attempt,
      leaseRemainingMs,
      retryAfterOutlivesLease: retryAfterOutlivesLease(failure, this.#backoff),
      ...this.#outlook(renewal),
    });
    throw error;
  }

  /** Without a lease every second counts: what failed while there was time must not make the next attempts wait. */
  #failuresThatCount(): number {
    const hasEnded = this.#failures.withLease && (this.#held?.endsInMs ?? 0) <= 0;
    return hasEnded ? 0 : this.#failures.inARow;
  }

  #outlook({ reason }: Renewal<T>): { nextAttemptInMs: number | undefined; reason: string | undefined } {
    return { reason, nextAttemptInMs: this.#isStarted ? Math.max(0, this.#nextAttemptInMs()) : undefined };
  }

  /** Takes the lease, unless the one at hand was obtained later, and returns the newer of both. */
  #hold(lease: Lease<T>): HeldLease<T> {
    if (this.#held?.isNewerThan(lease.obtainedAt) === true) return this.#held;
    this.#held = new HeldLease(lease, this.#clock, this.#policy, this.#random);
    this.#failures = { inARow: 0, withLease: false };
    this.#isEndReported = false;
    return this.#held;
  }

  #waitOrBegin(): void {
    if (!this.#isStarted) this.#state = { kind: 'idle' };
    else if (this.#held === undefined) this.#begin();
    else this.#state = { kind: 'scheduled', held: this.#held };
  }

  /** Does whatever has come due, and sets the timer for the rest. */
  #act(): void {
    if (this.#leaseEndsInMs() <= 0) this.#reportEnd();
    if (this.#deadlineInMs() <= 0) this.#running?.renewal.timeOut();
    if (this.#nextAttemptInMs() <= 0) this.#begin();
    this.#setTimer();
  }

  #reportEnd(): void {
    if (this.#held === undefined) return;
    this.#isEndReported = true;
    this.#events.emit('leaseExpired', { lease: this.#held.lease });
  }

  #setTimer(): void {
    this.#timer.set(Math.min(this.#nextAttemptInMs(), this.#leaseEndsInMs(), this.#deadlineInMs()));
  }

  /** Infinite when no attempt is scheduled. */
  #nextAttemptInMs(): number {
    const state = this.#state;
    if (state.kind === 'scheduled') return state.held.dueInMs;
    if (state.kind === 'backing-off') return state.delayMs - elapsedMs(this.#clock, state.since);
    return Infinity;
  }

  /** Infinite when the end of the lease is of no interest, or was reported. */
  #leaseEndsInMs(): number {
    const isWatched = this.#isStarted && this.#state.kind !== 'stopped' && !this.#isEndReported;
    return (isWatched ? this.#held?.endsInMs : undefined) ?? Infinity;
  }

  /** Infinite when no renewal runs. */
  #deadlineInMs(): number {
    return this.#running?.renewal.deadlineInMs ?? Infinity;
  }

  get #running(): RunningRenewal<T> | undefined {
    const state = this.#state;
    return state.kind === 'renewing' || state.kind === 'stopped' ? state.running : undefined;
  }
}
