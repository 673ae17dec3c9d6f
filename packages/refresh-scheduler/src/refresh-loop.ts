import { abortable, inOwnContext } from '@worker-auth/internal';
import { Emitter } from '@worker-auth/internal';
import { discardedError, stoppedError } from './errors.ts';
import type { RefreshSchedulerEvents } from './events.ts';
import { type Lease, remainingMs } from './lease.ts';
import { Refresh } from './refresh.ts';
import { Schedule } from './schedule.ts';
import type { SchedulerSettings } from './scheduler-options.ts';
import type { InnerState } from './scheduler-state.ts';
import { StepTimer } from './step-timer.ts';

/** How a refresh begins. */
interface Begin {
  readonly reason?: string | undefined;
  readonly attempt?: number;
  readonly afterDiscard?: boolean;
}

/**
 * Runs the refreshes of a `RefreshScheduler`, whose methods check what they are given and hand over to this.
 *
 * - There is one state, and at most one refresh, which belongs to it: a late result of another one changes nothing.
 * - There is one timer, for whatever comes first: the next attempt, the end of the lease, the deadline of the refresh. Each change sets it again.
 * - The state is changed before an event is emitted, so that a listener may call anything.
 * - When the next attempt is due is up to the {@link Schedule}, which does nothing by itself.
 */
export class RefreshLoop<T> {
  readonly schedule: Schedule<T>;
  readonly events = new Emitter<RefreshSchedulerEvents<T>>({
    refreshed: true,
    refreshFailed: true,
    leaseExpired: true,
    stopped: true,
  });
  readonly #settings: SchedulerSettings<T>;
  readonly #timer: StepTimer;
  #state: InnerState<T> = { kind: 'waiting' };
  #isStarted = false;

  constructor(settings: SchedulerSettings<T>) {
    this.#settings = settings;
    this.schedule = new Schedule(settings);
    this.#timer = new StepTimer(() => {
      this.#act();
    }, settings.clock);
  }

  get state(): InnerState<T> {
    return this.#state;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  start(): void {
    this.#throwIfStopped();
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#act();
  }

  /** Waits for the refresh that runs, or for one that begins now; after a discarded one for the one in its place. */
  async refreshNow(reason: string | undefined, signal: AbortSignal | undefined): Promise<Lease<T>> {
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
        if (--joined.waiting === 0 && joined === this.#state.refresh) this.#setTimer();
      }
    }
  }

  refreshIfDue(): void {
    if (this.#state.kind !== 'waiting' || this.schedule.nextAttemptInMs > 0) return;
    this.#beginInBackground();
    this.#setTimer();
  }

  /** @returns whether it was taken */
  accept(lease: Lease<T>): boolean {
    if (this.#state.kind === 'stopped' || remainingMs(this.#settings.clock, lease) <= 0) return false;
    const current = this.schedule.take(lease);
    if (current.lease !== lease) return false;
    this.schedule.succeed(current, this.schedule.nextAttempt);
    this.#setTimer();
    return true;
  }

  discard(retryAtOnce: boolean): void {
    if (this.#state.kind === 'stopped') return;
    this.schedule.discard(retryAtOnce);
    if (this.#state.kind === 'refreshing') this.#state.refresh.discard();
    this.#act();
  }

  stop(): Promise<void> {
    if (this.#state.kind === 'stopped') return this.#state.stopping;
    const { refresh } = this.#state;
    const stopping = this.#finish(refresh);
    this.#state = { kind: 'stopped', refresh, stopping };
    this.#setTimer();
    refresh?.abort(stoppedError());
    return stopping;
  }

  async #finish(refresh: Refresh<T> | undefined): Promise<void> {
    await refresh?.result.catch(() => undefined);
    if (this.#state.kind === 'stopped') this.#state = { ...this.#state, refresh: undefined };
    this.#setTimer();
    this.events.emit('stopped', undefined);
  }

  #joinOrBegin(reason: string | undefined): Refresh<T> {
    const state = this.#state;
    if (state.kind === 'stopped') throw stoppedError();
    if (state.kind === 'refreshing') return state.refresh;
    this.schedule.throwIfQuiet();
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
      attempt: attempt ?? this.schedule.nextAttempt,
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
    this.schedule.measure(refresh.startedAt);
    const current = this.schedule.take(lease);
    this.schedule.succeed(current, refresh.attempt);
    this.#state = { kind: 'waiting' };
    this.#setTimer();
    this.events.emit('refreshed', { lease: current.lease, ...this.#outlook(refresh) });
    return current.lease;
  }

  #failed(refresh: Refresh<T>, error: unknown): never {
    this.#throwIfStopped();
    if (refresh.isDiscarded) return this.#replace(refresh);
    const { leaseRemainingMs } = this.schedule;
    this.schedule.fail({ error, attempt: refresh.attempt, startedAt: refresh.startedAt });
    // By `hintsOf`, just now.
    this.#throwIfStopped();
    this.#state = { kind: 'waiting' };
    this.#setTimer();
    this.events.emit('refreshFailed', {
      error,
      attempt: refresh.attempt,
      leaseRemainingMs,
      retryAfterOutlivesLease: leaseRemainingMs > 0 && this.schedule.quietInMs >= leaseRemainingMs,
      ...this.#outlook(refresh),
    });
    throw error;
  }

  /** Begins another in place of a discarded one; not at once again when that one had such a beginning itself. */
  #replace(refresh: Refresh<T>): never {
    const { attempt, reason, startedAt } = refresh;
    const error = discardedError();
    this.#state = { kind: 'waiting' };
    if (refresh.afterDiscard) this.schedule.fail({ error, attempt, startedAt });
    else if (this.#isStarted || refresh.waiting > 0) {
      refresh.successor = this.#begin({ reason, attempt, afterDiscard: true });
    }
    this.#setTimer();
    throw error;
  }

  #outlook({ reason }: Refresh<T>): { nextAttemptInMs: number | undefined; reason: string | undefined } {
    return {
      reason,
      nextAttemptInMs: this.#isStarted ? Math.ceil(Math.max(0, this.#nextAttemptInMs())) : undefined,
    };
  }

  /** Does whatever has come due, and sets the timer for the rest. */
  #act(): void {
    if (this.#endReportInMs() <= 0) this.#reportEnd();
    const { refresh } = this.#state;
    if (refresh !== undefined && refresh.deadlineInMs <= 0) refresh.timeOut();
    if (this.#nextAttemptInMs() <= 0) this.#beginInBackground();
    this.#setTimer();
  }

  #reportEnd(): void {
    const { current } = this.schedule;
    if (current === undefined) return;
    current.isEndReported = true;
    this.events.emit('leaseExpired', { lease: current.lease });
  }

  #setTimer(): void {
    const { refresh } = this.#state;
    const deadlineInMs = refresh?.deadlineInMs ?? Infinity;
    const waitMs = Math.min(this.#nextAttemptInMs(), this.#endReportInMs(), deadlineInMs);
    const isAwaited = refresh !== undefined && (this.#state.kind === 'stopped' || refresh.waiting > 0);
    this.#timer.set(waitMs, isAwaited || this.#settings.keepAlive);
  }

  /** Infinite when no attempt is scheduled. */
  #nextAttemptInMs(): number {
    return this.#isStarted && this.#state.kind === 'waiting' ? this.schedule.nextAttemptInMs : Infinity;
  }

  /** Infinite when the end of the lease is of no interest. */
  #endReportInMs(): number {
    return this.#isStarted && this.#state.kind !== 'stopped' ? this.schedule.endReportInMs : Infinity;
  }

  #throwIfStopped(): void {
    if (this.#state.kind === 'stopped') throw stoppedError();
  }
}
