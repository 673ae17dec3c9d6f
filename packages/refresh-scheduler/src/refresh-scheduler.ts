import { checkBoolean, checkOptions, handled } from '@worker-auth/internal';
import type { RefreshSchedulerEvents } from './events.ts';
import { checkLease, type Lease } from './lease.ts';
import { RefreshLoop } from './refresh-loop.ts';
import {
  type DiscardOptions,
  type RefreshSchedulerOptions,
  type RefreshNowOptions,
  resolveOptions,
} from './scheduler-options.ts';
import { type RefreshSchedulerState, shownState } from './scheduler-state.ts';

/**
 * Keeps a lease fresh in the background: refreshes it before it ends, retries what fails, and notices when the host slept.
 *
 * - At most one refresh runs. Callers join it; one that aborts leaves it to the others.
 * - A failed one is an event, never an exception out of the scheduler, and the old lease is kept to its end, by both clocks.
 * - The background runs in no context of a caller, and its timer does not keep the process alive; a refresh that somebody waits for does.
 * - Every method may be called from a listener, from `refresh` and at any await. After `stop()` has resolved nothing runs.
 * - It persists nothing, shares nothing between processes, and retries for no caller of `refreshNow()`.
 */
export class RefreshScheduler<T> implements AsyncDisposable {
  readonly #loop: RefreshLoop<T>;

  /**
   * Makes a scheduler, which calls `refresh` only after `start()` or `refreshNow()`.
   *
   * @throws RangeError or TypeError for a setting outside its range
   */
  constructor(options: RefreshSchedulerOptions<T>) {
    this.#loop = new RefreshLoop(resolveOptions(options));
    if (options.initialLease !== undefined) this.#loop.schedule.take(options.initialLease);
  }

  /** The newest lease while it is good, by both clocks; `undefined` before the first one and after its end. */
  get lease(): Lease<T> | undefined {
    const { current } = this.#loop.schedule;
    return current !== undefined && current.endsInMs > 0 ? current.lease : undefined;
  }

  /** Milliseconds until the lease is due for refresh, 0 or less when it is, started or not; `undefined` without one. */
  get dueInMs(): number | undefined {
    return this.#loop.schedule.current?.dueInMs;
  }

  /** What the scheduler is doing, as of now. */
  get state(): RefreshSchedulerState {
    return shownState(this.#loop);
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
    return this.#loop.events.on(event, listener);
  }

  /**
   * Begins to refresh: at once when there is no good lease, else when it is due; a wait after a failure goes on. Neither waits for the
   * first refresh nor throws when it fails; `refreshNow()` joins it. Called again it does nothing.
   *
   * @throws RefreshSchedulerError (`stopped`) after `stop()`
   */
  start(): void {
    this.#loop.start();
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
    this.#loop.refreshIfDue();
  }

  /**
   * Hands in a lease that was obtained elsewhere; the next refresh is scheduled from it. No event is emitted.
   *
   * @returns false when it was not taken: it is older than the one at hand, over already, or the scheduler is stopped
   * @throws RangeError when its lifetime is not a finite number above 0, TypeError when `obtainedAt` is no moment
   */
  accept(lease: Lease<T>): boolean {
    checkLease(lease);
    return this.#loop.accept(lease);
  }

  /**
   * Drops the lease, and the refresh that runs: it is aborted, its lease is not used, and its callers get the result of the next one.
   * When started, that one leaves at once; a wait after a failure goes on, shortened to what it is without a lease.
   */
  discard(options: DiscardOptions = {}): void {
    checkOptions('discard', options, { retryAtOnce: true });
    checkBoolean('retryAtOnce', options.retryAtOnce);
    this.#loop.discard(options.retryAtOnce ?? false);
  }

  /**
   * Stops for good: no attempt is made any more. Aborts the refresh that runs and waits for its end, at most until its
   * deadline. Never rejects; called again it returns the same promise.
   */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** The same as `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #refreshNow(options: RefreshNowOptions): Promise<Lease<T>> {
    checkOptions('refreshNow', options, { reason: true, signal: true });
    options.signal?.throwIfAborted();
    return this.#loop.refreshNow(options.reason, options.signal);
  }
}
