import type { Clock, Timer } from '@worker-auth/ports';
// Not the globals: a suite may have put fake timers in their place.
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import {
  callback as callbackCheck,
  checkGiven,
  durationMs,
  flag,
  number,
  positiveMs,
  withMethods,
} from './given/check-given.ts';
import { patienceParts } from './host-time.ts';
import { type Activity, ThreadWork } from './thread-work.ts';

/** Settings of a {@link FakeClock}. */
export interface FakeClockOptions {
  /** The first monotonic reading; default 1,000. */
  readonly monotonicMs?: number;
  /** The first wall reading, in milliseconds since the epoch; default 2026-01-01T00:00:00Z. */
  readonly wallMs?: number;
  /** How long something may be under way, in milliseconds of real time; default 5,000. */
  readonly patienceMs?: number;
}

interface PendingTimer {
  readonly id: number;
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Turns of the event loop in a row in which nothing is under way: a client that got a response has acted upon it by then. */
const quietTurns = 8;

const activityCheck = withMethods('isUnderWay');
const finiteMs = number();
const timerDelay = number({ min: 0, max: 2 ** 31 - 1 });

/**
 * A clock that stands still until a test moves it. Fits the `Clock` of `@worker-auth/refresh-scheduler`.
 *
 * Both readings move together in {@link FakeClock.advance}; {@link FakeClock.stepWall} and {@link FakeClock.suspend}
 * move the wall clock alone, as an NTP step and a sleeping host do.
 */
export class FakeClock implements Clock {
  #monotonicMs: number;
  #wallMs: number;
  #nextId = 1;
  readonly #timers = new Map<number, PendingTimer>();
  readonly #activities = new Set<Activity>();
  readonly #patienceMs: number;
  readonly #threadWork = new ThreadWork();
  /** One settles every promise that needs no I/O. */
  #turns = 1;

  /**
   * Makes a clock that stands still, at the beginning of 2026 (UTC) by default.
   *
   * @throws TypeError for an option that there is not; RangeError for a number out of range
   */
  constructor(options: FakeClockOptions = {}) {
    checkGiven('FakeClock', options, { monotonicMs: number(), wallMs: number(), patienceMs: positiveMs });
    const { monotonicMs, wallMs, patienceMs } = options;
    this.#monotonicMs = monotonicMs ?? 1_000;
    this.#wallMs = wallMs ?? Date.UTC(2026, 0, 1);
    this.#patienceMs = patienceMs ?? 5_000;
  }

  monotonicNow(): number {
    return this.#monotonicMs;
  }

  wallNow(): number {
    return this.#wallMs;
  }

  startTimer(callback: () => void, delayMs: number, options: { readonly keepAlive?: boolean } = {}): Timer {
    callbackCheck('callback', callback);
    timerDelay('delayMs', delayMs);
    checkGiven('startTimer', options, { keepAlive: flag });
    const id = this.#nextId++;
    this.#timers.set(id, { id, dueMs: this.#monotonicMs + delayMs, callback });
    return {
      cancel: () => {
        this.#timers.delete(id);
      },
    };
  }

  /** How many timers wait to fire: 0 at the end of a test shows that nothing was left running. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due, or `undefined` when none waits. */
  get nextTimerInMs(): number | undefined {
    const next = this.#nextTimer();
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /**
   * Moves both clocks forward by `ms` and fires every timer that comes due, in order, letting promises settle after
   * each one. Before each it waits for all that is under way: a request to one of the kit's servers that has this clock takes no time.
   *
   * @throws Error when something is under way for longer than `patienceMs`
   * @throws TypeError for what is no number; RangeError for one below 0
   */
  async advance(ms: number): Promise<void> {
    durationMs('ms', ms);
    const target = this.#monotonicMs + ms;
    await this.#settle();
    for (let next = this.#nextTimer(); next !== undefined && next.dueMs <= target; next = this.#nextTimer()) {
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
      this.#timers.delete(next.id);
      next.callback();
      await this.#settle();
    }
    this.#moveTo(target);
  }

  /**
   * {@link FakeClock.advance} waits while `activity` is under way. The kit's HTTP servers that are given the clock do this by themselves.
   *
   * @returns ends it
   */
  holdWhile(activity: Activity): () => void {
    activityCheck('activity', activity);
    this.#activities.add(activity);
    this.#threadWork.watch();
    this.#turns = quietTurns;
    return () => {
      this.#activities.delete(activity);
      if (this.#activities.size === 0) this.#threadWork.unwatch();
    };
  }

  /** Moves the wall clock alone, forward or (negative) back: an NTP step. */
  stepWall(ms: number): void {
    finiteMs('ms', ms);
    this.#wallMs += ms;
  }

  /** The host sleeps for `ms`: the wall clock goes on, the monotonic clock and all timers stand still. */
  suspend(ms: number): void {
    durationMs('ms', ms);
    this.#wallMs += ms;
  }

  async #settle(): Promise<void> {
    let [atMs, spentMs] = [performance.now(), 0];
    for (let quiet = 0; quiet < this.#turns; quiet++) {
      await setImmediate();
      const underWay = [this.#threadWork, ...this.#activities].find((activity) => activity.isUnderWay());
      if (underWay === undefined) continue;
      const nowMs = performance.now();
      // Time in which the event loop stands still hardly counts.
      spentMs += Math.min(nowMs - atMs, this.#patienceMs / patienceParts);
      atMs = nowMs;
      if (spentMs > this.#patienceMs) throw stillUnderWay(underWay, this.#patienceMs);
      quiet = -1;
    }
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #nextTimer(): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers.values()) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

function stillUnderWay({ description }: Activity, patienceMs: number): Error {
  return new Error(
    `The clock could not advance: ${description} has been under way for ${patienceMs} ms of real time. ` +
      'Have it answered, or let it hang: by hold(), a fault, or a handler that returns without a response',
  );
}
