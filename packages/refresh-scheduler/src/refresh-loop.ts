import { abortable, inOwnContext } from '@worker-auth/internal';
import { Emitter } from '@worker-auth/internal';
import { discardedError, stoppedError } from './errors.ts';
import type { RefreshSchedulerEvents } from './events.ts';
import { type Lease, remainingMs } from './lease.ts';
import { Renewal } from './renewal.ts';
import { Schedule } from './schedule.ts';
import type { SchedulerSettings } from './scheduler-options.ts';
import type { InnerState } from './scheduler-state.ts';
import { StepTimer } from './step-timer.ts';

/** How a renewal begins. */
interface Begin {
  readonly reason?: string | undefined;
  readonly attempt?: number;
  readonly afterDiscard?: boolean;
}

/**
 * Runs the renewals of a `RefreshScheduler`, whose methods check what they are given and hand over to this.
 *
 * - There is one state, and at most one renewal, which belongs to it: a late result of another one changes nothing.
 * - There is one timer, for whatever comes first: the next attempt, the end of the lease, the deadline of the renewal. Each change sets it again.
 * - The state is changed before an event is emitted, so that a listener may call anything.
 * - When the next attempt is due is up to the {@link Schedule}, which does nothing by itself.
 */
export class RefreshLoop<T> {
  readonly schedule: Schedule<T>;
  readonly events = new Emitter<RefreshSchedulerEvents<T>>();
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

  /** Waits for the renewal that runs, or for one that begins now; after a discarded one for the one in its place. */
  async renewNow(reason: string | undefined, signal: AbortSignal | undefined): Promise<Lease<T>> {
    let renewal = this.#joinOrBegin(reason);
    for (;;) {
      const joined: Renewal<T> = renewal;
      if (joined.waiting++ === 0) this.#setTimer();
      try {
        return await abortable(joined.result, signal);
      } catch (error) {
        if (joined.successor === undefined) throw error;
        renewal = joined.successor;
      } finally {
        if (--joined.waiting === 0 && joined === this.#state.renewal) this.#setTimer();
      }
    }
  }

  renewIfDue(): void {
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
    if (this.#state.kind === 'renewing') this.#state.renewal.discard();
    this.#act();
  }

  stop(): Promise<void> {
    if (this.#state.kind === 'stopped') return this.#state.stopping;
    const { renewal } = this.#state;
    const stopping = this.#finish(renewal);
    this.#state = { kind: 'stopped', renewal, stopping };
    this.#setTimer();
    renewal?.abort(stoppedError());
    return stopping;
  }

  async #finish(renewal: Renewal<T> | undefined): Promise<void> {
    await renewal?.result.catch(() => undefined);
    if (this.#state.kind === 'stopped') this.#state = { ...this.#state, renewal: undefined };
    this.#setTimer();
    this.events.emit('stopped', undefined);
  }

  #joinOrBegin(reason: string | undefined): Renewal<T> {
    const state = this.#state;
    if (state.kind === 'stopped') throw stoppedError();
    if (state.kind === 'renewing') return state.renewal;
    this.schedule.throwIfQuiet();
    return this.#begin({ reason });
  }

  /** In no context of a caller: nobody waits for it. */
  #beginInBackground(): void {
    inOwnContext(() => this.#begin());
  }

  #begin({ reason, attempt, afterDiscard = false }: Begin = {}): Renewal<T> {
    const { clock, renewTimeoutMs: timeoutMs, renew } = this.#settings;
    const renewal = new Renewal<T>({
      clock,
      timeoutMs,
      attempt: attempt ?? this.schedule.nextAttempt,
      reason,
      afterDiscard,
      onLease: (settled, lease) => this.#succeeded(settled, lease),
      onError: (settled, error) => this.#failed(settled, error),
    });
    this.#state = { kind: 'renewing', renewal };
    void renewal.run(renew);
    return renewal;
  }

  #succeeded(renewal: Renewal<T>, lease: Lease<T>): Lease<T> {
    this.#throwIfStopped();
    if (renewal.isDiscarded) return this.#replace(renewal);
    this.schedule.measure(renewal.startedAt);
    const current = this.schedule.take(lease);
    this.schedule.succeed(current, renewal.attempt);
    this.#state = { kind: 'waiting' };
    this.#setTimer();
    this.events.emit('renewed', { lease: current.lease, ...this.#outlook(renewal) });
    return current.lease;
  }

  #failed(renewal: Renewal<T>, error: unknown): never {
    this.#throwIfStopped();
    if (renewal.isDiscarded) return this.#replace(renewal);
    const { leaseRemainingMs } = this.schedule;
    this.schedule.fail({ error, attempt: renewal.attempt, startedAt: renewal.startedAt });
    // By `hintsOf`, just now.
    this.#throwIfStopped();
    this.#state = { kind: 'waiting' };
    this.#setTimer();
    this.events.emit('renewalFailed', {
      error,
      attempt: renewal.attempt,
      leaseRemainingMs,
      retryAfterOutlivesLease: leaseRemainingMs > 0 && this.schedule.quietInMs >= leaseRemainingMs,
      ...this.#outlook(renewal),
    });
    throw error;
  }

  /** Begins another in place of a discarded one; not at once again when that one had such a beginning itself. */
  #replace(renewal: Renewal<T>): never {
    const { attempt, reason, startedAt } = renewal;
    const error = discardedError();
    this.#state = { kind: 'waiting' };
    if (renewal.afterDiscard) this.schedule.fail({ error, attempt, startedAt });
    else if (this.#isStarted || renewal.waiting > 0) {
      renewal.successor = this.#begin({ reason, attempt, afterDiscard: true });
    }
    this.#setTimer();
    throw error;
  }

  #outlook({ reason }: Renewal<T>): { nextAttemptInMs: number | undefined; reason: string | undefined } {
    return { reason, nextAttemptInMs: this.#isStarted ? Math.max(0, this.#nextAttemptInMs()) : undefined };
  }

  /** Does whatever has come due, and sets the timer for the rest. */
  #act(): void {
    if (this.#endReportInMs() <= 0) this.#reportEnd();
    const { renewal } = this.#state;
    if (renewal !== undefined && renewal.deadlineInMs <= 0) renewal.timeOut();
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
    const { renewal } = this.#state;
    const deadlineInMs = renewal?.deadlineInMs ?? Infinity;
    const waitMs = Math.min(this.#nextAttemptInMs(), this.#endReportInMs(), deadlineInMs);
    const isAwaited = renewal !== undefined && (this.#state.kind === 'stopped' || renewal.waiting > 0);
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
