import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/inlined';
import { RefreshSchedulerError, RefreshSchedulerErrorCode } from './errors.ts';
import { type Lease, remainingMs } from './lease.ts';

/** Obtains a new lease. The signal aborts at the deadline and when the scheduler is stopped. */
export type Renew<T> = (signal: AbortSignal) => Promise<Lease<T>>;

/** What a {@link Renewal} is given. */
export interface RenewalSettings {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** 1 unless attempts before this one failed. */
  readonly attempt: number;
  readonly reason: string | undefined;
}

/** One call of `renew`, from its start to its answer or its deadline, whichever is first. */
export class Renewal<T> {
  readonly attempt: number;
  readonly reason: string | undefined;
  readonly startedAt: Instant;
  /** Settles exactly once; an answer after the deadline is ignored. */
  readonly outcome: Promise<Lease<T>>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #controller = new AbortController();
  #resolve!: (lease: Lease<T>) => void;
  #reject!: (error: unknown) => void;
  #timedOut = false;

  constructor({ clock, timeoutMs, attempt, reason }: RenewalSettings) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.attempt = attempt;
    this.reason = reason;
    this.startedAt = readInstant(clock);
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Calls `renew`: apart from the constructor, so that a call from it back into the scheduler finds this renewal. */
  async run(renew: Renew<T>): Promise<void> {
    try {
      const lease = await renew(this.#controller.signal);
      const leftMs = remainingMs(this.#clock, lease);
      if (!(leftMs > 0 && leftMs < Infinity)) throw badLeaseError(lease.lifetimeMs);
      this.#resolve(lease);
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Milliseconds until the deadline, 0 or less when it has passed; infinite once it was acted upon. */
  get deadlineInMs(): number {
    return this.#timedOut ? Infinity : this.#timeoutMs - elapsedMs(this.#clock, this.startedAt);
  }

  /** Tells `renew` to end; the outcome follows when it does, or at the deadline. */
  abort(reason: RefreshSchedulerError): void {
    this.#controller.abort(reason);
  }

  /** The deadline has passed: ends the renewal whether or not `renew` listens to its signal. */
  timeOut(): void {
    this.#timedOut = true;
    const error = new RefreshSchedulerError(
      RefreshSchedulerErrorCode.timedOut,
      `The renewal took longer than ${this.#timeoutMs} ms (renewTimeoutMs) and was given up`,
    );
    this.#controller.abort(error);
    this.#reject(error);
  }
}

function badLeaseError(lifetimeMs: number): RefreshSchedulerError {
  return new RefreshSchedulerError(
    RefreshSchedulerErrorCode.badLease,
    `The renewal gave a lease that is over already or never ends; received a lifetimeMs of ${String(lifetimeMs)}`,
  );
}
