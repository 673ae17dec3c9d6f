import {
  type Clock,
  elapsedMs,
  graceAfterStall,
  handled,
  type Instant,
  readInstant,
} from '@worker-auth/internal';
import { discardedError, RefreshSchedulerError, RefreshSchedulerErrorCode } from './errors.ts';
import { checkLease, type Lease, remainingMs } from './lease.ts';

/** Obtains a new lease. The signal aborts at the deadline, when the lease is discarded and when the scheduler is stopped. */
export type RefreshLease<T> = (signal: AbortSignal) => Promise<Lease<T>>;

/** What a {@link Refresh} is given. */
export interface RefreshSettings<T> {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** 1 unless attempts before this one failed. */
  readonly attempt: number;
  readonly reason: string | undefined;
  /** Whether it was begun because the one before was discarded. */
  readonly afterDiscard: boolean;
  /** Called with the result, before it reaches those who wait for it: they get what these return or throw. */
  readonly onLease: (refresh: Refresh<T>, lease: Lease<T>) => Lease<T>;
  readonly onError: (refresh: Refresh<T>, error: unknown) => never;
}

/** One call of `refresh`, from its start to its end or its deadline, whichever is first. */
export class Refresh<T> {
  readonly attempt: number;
  readonly reason: string | undefined;
  readonly afterDiscard: boolean;
  readonly startedAt: Instant;
  /** Settles once the scheduler has handled the result; one after the deadline is ignored. */
  readonly result: Promise<Lease<T>>;
  /** The one that runs in its place after it was discarded. */
  successor: Refresh<T> | undefined;
  /** How many callers wait for it: a deadline that somebody awaits keeps the process alive. */
  waiting = 0;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #controller = new AbortController();
  readonly #settling = Promise.withResolvers<Lease<T>>();
  #isGivenUp = false;
  /** After a stall it is waited for a little longer, from then on. */
  #grace: { readonly since: Instant; readonly ms: number } | undefined;
  #isDiscarded = false;

  constructor({ clock, timeoutMs, attempt, reason, afterDiscard, onLease, onError }: RefreshSettings<T>) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.attempt = attempt;
    this.reason = reason;
    this.afterDiscard = afterDiscard;
    this.startedAt = readInstant(clock);
    const result = this.#settling.promise.then(
      (lease) => onLease(this, lease),
      (error: unknown) => onError(this, error),
    );
    this.result = handled(result);
  }

  /** Calls `refresh`: apart from the constructor, so that a call from it back into the scheduler finds this refresh. */
  async run(refresh: RefreshLease<T>): Promise<void> {
    try {
      const lease = await refresh(this.#controller.signal);
      checkUsable(lease, this.#clock);
      this.#settling.resolve(lease);
    } catch (error) {
      this.#settling.reject(error);
    }
  }

  /** Milliseconds until the deadline, 0 or less when it has passed; infinite once it was acted upon. */
  get deadlineInMs(): number {
    if (this.#isGivenUp) return Infinity;
    const { since, ms } = this.#grace ?? { since: this.startedAt, ms: this.#timeoutMs };
    return ms - elapsedMs(this.#clock, since);
  }

  /** Whether its result is no longer wanted. */
  get isDiscarded(): boolean {
    return this.#isDiscarded;
  }

  /** Aborts `refresh`, since its result is no longer wanted. */
  discard(): void {
    this.#isDiscarded = true;
    this.abort(discardedError());
  }

  /** Aborts `refresh`; the result follows when it ends, or at the deadline. */
  abort(reason: RefreshSchedulerError): void {
    this.#controller.abort(reason);
  }

  /** The deadline has passed: ends the refresh whether or not `refresh` listens to its signal; a little later once after a stall. */
  timeOut(): void {
    const ms = graceAfterStall(-this.deadlineInMs, this.#timeoutMs);
    if (this.#grace === undefined && ms > 0) {
      this.#grace = { since: readInstant(this.#clock), ms };
      return;
    }
    this.#isGivenUp = true;
    const message = `The refresh took longer than ${this.#timeoutMs} ms (refreshTimeoutMs) and was given up`;
    const error = new RefreshSchedulerError(message, { code: RefreshSchedulerErrorCode.timedOut });
    this.#controller.abort(error);
    this.#settling.reject(error);
  }
}

function checkUsable(lease: Lease<unknown>, clock: Clock): void {
  try {
    checkLease(lease);
  } catch (error) {
    throw badLease(`no usable lease: ${error instanceof Error ? error.message : 'it cannot be read'}`);
  }
  if (remainingMs(clock, lease) <= 0) {
    throw badLease(`a lease that is over already; received a lifetimeMs of ${lease.lifetimeMs}`);
  }
}

function badLease(problem: string): RefreshSchedulerError {
  return new RefreshSchedulerError(`The refresh gave ${problem}`, {
    code: RefreshSchedulerErrorCode.badLease,
  });
}
