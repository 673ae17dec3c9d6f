import { abortable, checkBoolean, checkOptions, handled, inOwnContext } from '@worker-auth/internal';
import { Emitter } from './emitter.ts';
import { discardedError, stoppedError } from './errors.ts';
import type { RefreshSchedulerEvents } from './events.ts';
import { checkLease, type Lease, remainingMs } from './lease.ts';
import { Refresh } from './refresh.ts';
import { Schedule } from './schedule.ts';
import {
  type DiscardOptions,
  type RefreshSchedulerOptions,
  type RefreshNowOptions,
  resolveOptions,
  type SchedulerSettings,
} from './scheduler-options.ts';
import { type InnerState, type RefreshSchedulerState, shownState } from './scheduler-state.ts';
import { StepTimer } from './step-timer.ts';

/**
 * Keeps a lease fresh in the background: refreshes it before it ends, retries what fails, and notices when the host slept.
 * A failed refresh is an event, never an exception out of the scheduler, and the old lease is kept to its end.
 */
export class RefreshScheduler<T> implements AsyncDisposable {
  readonly #settings: SchedulerSettings<T>;
  readonly #schedule: Schedule<T>;
  readonly #timer: StepTimer;
  readonly #events = new Emitter<RefreshSchedulerEvents<T>>();
  #state: InnerState<T> = { kind: 'waiting' };
  #isStarted = false;

  /** @throws RangeError or TypeError for a setting outside its range */
  constructor(options: RefreshSchedulerOptions<T>) {
    this.#settings = resolveOptions(options);
    this.#schedule = new Schedule(this.#settings);
    this.#timer = new StepTimer(() => {
      this.#act();
    }, this.#settings.clock);
    if (options.initialLease !== undefined) this.#schedule.take(options.initialLease);
  }

  /** The newest lease while it is good, by both clocks; `undefined` before the first one and after its end. */
  get lease(): Lease<T> | undefined {
    const { current } = this.#schedule;
    return current !== undefined && current.endsInMs > 0 ? current.lease : undefined;
  }

  /** Milliseconds until the lease is due for refresh, 0 or less when it is, started or not; `undefined` without one. */
  get dueInMs(): number | undefined {
    return this.#schedule.current?.dueInMs;
  }

  /** What the scheduler is doing, as of now. */
  get state(): RefreshSchedulerState {
    return shownState(this.#state, this.#schedule, this.#isStarted);
  }

  /**
   * Adds a listener. What it throws, or rejects with, is dropped; it may call back into the scheduler.
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
   * Begins to refresh: at once when there is no good lease, else when it is due; a wait after a failure goes on. Neither waits for the
   * first refresh nor throws when it fails; `refreshNow()` joins it. Called again it does nothing.
   *
   * @throws RefreshSchedulerError (`stopped`) after `stop()`
   */
  start(): void {
    this.#throwIfStopped();
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#act();
  }

  /**
   * Refreshes now, whatever the schedule says, or joins the refresh that runs. Works before `start()` too. The promise may
   * be left alone: a failure is an event as well, never an unhandled rejection. Who waits keeps the process alive.
   *
   * @throws what `refresh` throws, a RefreshSchedulerError, or the signal's reason; the last error again, with no attempt, for as long
   * as the server asked not to be called (`retryAfterMs`)
   */
  refreshNow(options: RefreshNowOptions = {}): Promise<Lease<T>> {
    return handled(this.#refreshNow(options));
  }

  /** Refreshes if that is due and no wait stands against it, with nobody waiting: what a started scheduler does by itself. */
  refreshIfDue(): void {
    if (this.#state.kind !== 'waiting' || this.#schedule.nextAttemptInMs > 0) return;
    this.#beginInBackground();
    this.#setTimer();
  }

  /**
   * Hands in a lease that was obtained elsewhere; the next refresh is scheduled from it. No event is emitted.
   *
   * @returns false when it was not taken: it is older than the one at hand, over already, or the scheduler is stopped
   * @throws RangeError when its lifetime is not a finite number above 0, TypeError when `obtainedAt` is no moment
   */
  accept(lease: Lease<T>): boolean {
    checkLease(lease);
    if (this.#state.kind === 'stopped' || remainingMs(this.#settings.clock, lease) <= 0) return false;
    const current = this.#schedule.take(lease);
    if (current.lease !== lease) return false;
    this.#schedule.succeed(current, this.#schedule.nextAttempt);
    this.#setTimer();
    return true;
  }

  /**
   * Drops the lease, and the refresh that runs: it is aborted, its lease is not used, and its callers get the result of the next one.
   * When started, that one leaves at once; a wait after a failure goes on, shortened to what it is without a lease.
   */
  discard(options: DiscardOptions = {}): void {
    checkOptions('discard', options, { retryAtOnce: true });
    checkBoolean('retryAtOnce', options.retryAtOnce);
    if (this.#state.kind === 'stopped') return;
    this.#schedule.discard(options.retryAtOnce ?? false);
    if (this.#state.kind === 'refreshing') this.#state.refresh.discard();
    this.#act();
  }

  /**
   * Stops for good: no attempt is made any more. Aborts the refresh that runs and waits for its end, at most until its
   * deadline. Never rejects; called again it returns the same promise.
   */
  stop(): Promise<void> {
    if (this.#state.kind === 'stopped') return this.#state.stopping;
    const refresh = this.#running;
    const stopping = this.#finish(refresh);
    this.#state = { kind: 'stopped', refresh, stopping };
    this.#setTimer();
    refresh?.abort(stoppedError());
    return stopping;
  }

  /** The same as `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #finish(refresh: Refresh<T> | undefined): Promise<void> {
    await refresh?.result.catch(() => undefined);
    if (this.#state.kind === 'stopped') this.#state = { ...this.#state, refresh: undefined };
    this.#setTimer();
    this.#events.emit('stopped', undefined);
  }

  async #refreshNow(options: RefreshNowOptions): Promise<Lease<T>> {
    checkOptions('refreshNow', options, { reason: true, signal: true });
    const { reason, signal } = options;
    signal?.throwIfAborted();
    let refresh = this.#joinOrBegin(reason);
    for (;;) {
      const joined: Refresh<T> = refresh;
      if (joined.waiting++ === 0) this.#setTimer();
      try {
        return await abortable(joined.result, signal);
      } catch (error) {
        if (joined.successor === undefined) throw error;
        refresh = joined.successor;
      } finally {
        if (--joined.waiting === 0 && joined === this.#running) this.#setTimer();
      }
    }
  }

  #joinOrBegin(reason: string | undefined): Refresh<T> {
    const state = this.#state;
    if (state.kind === 'stopped') throw stoppedError();
    if (state.kind === 'refreshing') return state.refresh;
    this.#schedule.throwIfQuiet();
    return this.#begin({ reason });
  }

  /** In no context of a caller: nobody waits for it. */
  #beginInBackground(): void {
    inOwnContext(() => this.#begin());
  }

  #begin({ reason, attempt, afterDiscard = false }: Begin = {}): Refresh<T> {
    const { clock, refreshTimeoutMs: timeoutMs, refresh: obtainLease } = this.#settings;
    const refresh = new Refresh<T>({
      clock,
      timeoutMs,
      attempt: attempt ?? this.#schedule.nextAttempt,
      reason,
      afterDiscard,
      onLease: (settled, lease) => this.#succeeded(settled, lease),
      onError: (settled, error) => this.#failed(settled, error),
    });
    this.#state = { kind: 'refreshing', refresh };
    void refresh.run(obtainLease);
    return refresh;
  }

  #succeeded(refresh: Refresh<T>, lease: Lease<T>): Lease<T> {
    this.#throwIfStopped();
    if (refresh.isDiscarded) return this.#replace(refresh);
    this.#schedule.measure(refresh.startedAt);
    const current = this.#schedule.take(lease);
    this.#schedule.succeed(current, refresh.attempt);
    this.#state = { kind: 'waiting' };
    this.#setTimer();
    this.#events.emit('refreshed', { lease: current.lease, ...this.#outlook(refresh) });
    return current.lease;
  }

  #failed(refresh: Refresh<T>, error: unknown): never {
    this.#throwIfStopped();
    if (refresh.isDiscarded) return this.#replace(refresh);
    const { leaseRemainingMs } = this.#schedule;
    this.#schedule.fail({ error, attempt: refresh.attempt, startedAt: refresh.startedAt });
    // By `hintsOf`, just now.
    this.#throwIfStopped();
    this.#state = { kind: 'waiting' };
    this.#setTimer();
    this.#events.emit('refreshFailed', {
      error,
      attempt: refresh.attempt,
      leaseRemainingMs,
      retryAfterOutlivesLease: leaseRemainingMs > 0 && this.#schedule.quietInMs >= leaseRemainingMs,
      ...this.#outlook(refresh),
    });
    throw error;
  }

  /** Begins another in place of a discarded one; not at once again when that one had such a beginning itself. */
  #replace(refresh: Refresh<T>): never {
    const { attempt, reason, startedAt } = refresh;
    const error = discardedError();
    this.#state = { kind: 'waiting' };
    if (refresh.afterDiscard) this.#schedule.fail({ error, attempt, startedAt });
    else if (this.#isStarted || refresh.waiting > 0) {
      refresh.successor = this.#begin({ reason, attempt, afterDiscard: true });
    }
    this.#setTimer();
    throw error;
  }

  #outlook({ reason }: Refresh<T>): { nextAttemptInMs: number | undefined; reason: string | undefined } {
    return { reason, nextAttemptInMs: this.#isStarted ? Math.max(0, this.#nextAttemptInMs()) : undefined };
  }

  /** Does whatever has come due, and sets the timer for the rest. */
  #act(): void {
    if (this.#endReportInMs() <= 0) this.#reportEnd();
    const refresh = this.#running;
    if (refresh !== undefined && refresh.deadlineInMs <= 0) refresh.timeOut();
    if (this.#nextAttemptInMs() <= 0) this.#beginInBackground();
    this.#setTimer();
  }

  #reportEnd(): void {
    const { current } = this.#schedule;
    if (current === undefined) return;
    current.isEndReported = true;
    this.#events.emit('leaseExpired', { lease: current.lease });
  }

  #setTimer(): void {
    const refresh = this.#running;
    const deadlineInMs = refresh?.deadlineInMs ?? Infinity;
    const waitMs = Math.min(this.#nextAttemptInMs(), this.#endReportInMs(), deadlineInMs);
    const isAwaited = refresh !== undefined && (this.#state.kind === 'stopped' || refresh.waiting > 0);
    this.#timer.set(waitMs, isAwaited || this.#settings.keepAlive);
  }

  /** Infinite when no attempt is scheduled. */
  #nextAttemptInMs(): number {
    return this.#isStarted && this.#state.kind === 'waiting' ? this.#schedule.nextAttemptInMs : Infinity;
  }

  /** Infinite when the end of the lease is of no interest. */
  #endReportInMs(): number {
    return this.#isStarted && this.#state.kind !== 'stopped' ? this.#schedule.endReportInMs : Infinity;
  }

  #throwIfStopped(): void {
    if (this.#state.kind === 'stopped') throw stoppedError();
  }

  get #running(): Refresh<T> | undefined {
    return this.#state.refresh;
  }
}

/** How a refresh begins. */
interface Begin {
  readonly reason?: string | undefined;
  readonly attempt?: number;
  readonly afterDiscard?: boolean;
}
