import { type Clock, elapsedMs, type Instant, readInstant } from './clock.ts';
import { RefreshSchedulerError, RefreshSchedulerErrorCode } from './errors.ts';
import { type Lease } from './lease.ts';

/** Obtains a new lease. The signal aborts at the deadline and when the scheduler is stopped. */
export type Renew<T> = (signal: AbortSignal) => Promise<Lease<T>>;

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
  #end!: (error: RefreshSchedulerError) => void;
  #timedOut = false;

  constructor(
    renew: Renew<T>,
    about: { readonly attempt: number; readonly reason: string | undefined },
    limits: { readonly clock: Clock; readonly timeoutMs: number },
  ) {
    this.attempt = about.attempt;
    this.reason = about.reason;
    this.#clock = limits.clock;
    this.#timeoutMs = limits.timeoutMs;
    this.startedAt = readInstant(limits.clock);
    const { signal } = this.#controller;
    this.outcome = new Promise((resolve, reject) => {
      this.#end = reject;
      // `renew` runs after the caller has recorded this renewal, so that a call back into the scheduler joins it.
      queueMicrotask(() => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        callSafely(renew, signal).then(resolve, reject);
      });
    });
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
    this.#end(error);
  }
}

async function callSafely<T>(renew: Renew<T>, signal: AbortSignal): Promise<Lease<T>> {
  return await renew(signal);
}
