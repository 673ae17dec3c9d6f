import { FakeClock, watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { sleep, withDeadline } from '../src/deadline.ts';
import type { Clock } from '@worker-auth/ports';
import { countedSignal, printedBy } from './support.ts';

const late = new Error('late');
const left = new Error('left');
const never = new Promise<never>(() => undefined);

/** A clock whose timers fire at once, and which notes of each whether it keeps the process alive. */
function notingClock(): { readonly clock: Clock; readonly kept: readonly unknown[] } {
  const kept: unknown[] = [];
  const clock: Clock = {
    monotonicNow: () => 0,
    wallNow: () => 0,
    startTimer: (callback, _delayMs, options) => {
      kept.push(options?.keepAlive);
      queueMicrotask(callback);
      return { cancel: () => undefined };
    },
  };
  return { clock, kept };
}

describe('withDeadline', () => {
  const openDeadline = (): {
    readonly clock: FakeClock;
    readonly counted: ReturnType<typeof countedSignal>;
    readonly run: <T>(task: (signal: AbortSignal) => T | PromiseLike<T>) => Promise<T>;
  } => {
    const clock = new FakeClock();
    const counted = countedSignal();
    const options = { clock, timeoutMs: 100, signal: counted.signal, timeoutError: () => late };
    return { clock, counted, run: (task) => withDeadline(task, options) };
  };

  it('gives what the task gives, and leaves neither a timer nor a listener', async () => {
    const { clock, counted, run } = openDeadline();
    expect(await run(() => 7)).toBe(7);
    expect([clock.pendingTimers, counted.listeners()]).toEqual([0, 0]);
  });

  it('needs no signal of a caller', async () => {
    const clock = new FakeClock();
    const waiting = withDeadline(() => 7, { clock, timeoutMs: 100, timeoutError: () => late });
    expect(await waiting).toBe(7);
  });

  it('starts a timer that keeps the process alive', async () => {
    const { clock, kept } = notingClock();
    await withDeadline(() => never, { clock, timeoutMs: 100, timeoutError: () => late }).catch(
      () => undefined,
    );
    expect(kept).toEqual([true]);
  });

  it.each<readonly [string, () => Promise<never>]>([
    [
      'throws',
      () => {
        throw left;
      },
    ],
    ['rejects', () => Promise.reject(left)],
  ])('throws what the task %s with, and leaves neither a timer nor a listener', async (_name, task) => {
    const { clock, counted, run } = openDeadline();
    await expect(run(task)).rejects.toBe(left);
    expect([clock.pendingTimers, counted.listeners()]).toEqual([0, 0]);
  });

  it('leaves no unhandled rejection when the task ends the wait of its caller and throws', async () => {
    using unhandled = watchUnhandledRejections();
    const leaving = new AbortController();
    const options = { clock: new FakeClock(), timeoutMs: 100, timeoutError: () => late };
    const task = (): never => {
      leaving.abort(left);
      throw new Error('of the task');
    };
    await expect(withDeadline(task, { ...options, signal: leaving.signal })).rejects.toBe(left);
    expect(await unhandled.end()).toEqual([]);
  });

  it('throws the error of the timeout when the time is over, not one millisecond before', async () => {
    const { clock, counted, run } = openDeadline();
    let outcome: unknown;
    const waiting = run(() => never).catch((error: unknown) => (outcome = error));
    await clock.advance(99);
    expect(outcome).toBeUndefined();
    await clock.advance(1);
    await waiting;
    expect(outcome).toBe(late);
    expect([clock.pendingTimers, counted.listeners()]).toEqual([0, 0]);
  });

  describe('that is noticed too late, as after a stall of the process', () => {
    /** A deadline of 5 s that is noticed `lateMs` late. */
    const openStalled = (lateMs: number) => {
      const clock = new FakeClock();
      let stalledMs = 0;
      const stalling: Clock = {
        monotonicNow: () => clock.monotonicNow() + stalledMs,
        wallNow: () => clock.wallNow(),
        startTimer: (callback, delayMs) => clock.startTimer(callback, delayMs),
      };
      const { promise, resolve } = Promise.withResolvers<string>();
      const options = { clock: stalling, timeoutMs: 5_000, timeoutError: () => late };
      const outcome = withDeadline(() => promise, options).catch((error: unknown) => error);
      stalledMs = lateMs;
      return { clock, outcome, arrive: resolve };
    };

    it('gives what arrived meanwhile', async () => {
      const { clock, outcome, arrive } = openStalled(50);
      await clock.advance(5_999);
      arrive('the answer');
      expect(await outcome).toBe('the answer');
      expect(clock.pendingTimers).toBe(0);
    });

    it('ends a second later when nothing did', async () => {
      const { clock, outcome } = openStalled(50);
      await clock.advance(6_000);
      expect(await outcome).toBe(late);
    });

    it('ends at once when it was not late', async () => {
      const { clock, outcome } = openStalled(49);
      await clock.advance(5_000);
      expect(await outcome).toBe(late);
    });
  });

  it('tells the task by its signal, with the same error', async () => {
    const { clock, run } = openDeadline();
    let seen: AbortSignal | undefined;
    const waiting = run((signal) => {
      seen = signal;
      return never;
    });
    const rejected = expect(waiting).rejects.toBe(late);
    await clock.advance(100);
    await rejected;
    expect(seen?.reason).toBe(late);
  });

  it("throws the caller's reason when that leaves first, and leaves neither a timer nor a listener", async () => {
    const { clock, counted, run } = openDeadline();
    const waiting = run(() => never);
    counted.abort(left);
    await expect(waiting).rejects.toBe(left);
    expect([clock.pendingTimers, counted.listeners()]).toEqual([0, 0]);
  });

  it('does not begin when the caller has left before', async () => {
    const { counted, run } = openDeadline();
    counted.abort(left);
    let hasBegun = false;
    await expect(run(() => (hasBegun = true))).rejects.toBe(left);
    expect(hasBegun).toBe(false);
  });

  it('ends no process by a task that rejects when its time was over', async () => {
    const task =
      '(signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("x"))))';
    const options = `{ clock: systemClock, timeoutMs: 1, timeoutError: () => new Error('late') }`;
    const program = `await withDeadline(${task}, ${options}).catch((error) => console.log(error.message));`;
    expect(await printedBy(`${program} setImmediate(() => console.log('on'));`)).toMatch(/on$/);
  });
});

describe('sleep', () => {
  it('ends after its time, not one millisecond before', async () => {
    const clock = new FakeClock();
    let isOver = false;
    const sleeping = sleep(clock, 100).then(() => (isOver = true));
    await clock.advance(99);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await sleeping;
    expect(isOver).toBe(true);
  });

  it('starts a timer that keeps the process alive', async () => {
    const { clock, kept } = notingClock();
    await sleep(clock, 100);
    expect(kept).toEqual([true]);
  });

  it("throws the signal's reason when that aborts first, and leaves neither a timer nor a listener", async () => {
    const clock = new FakeClock();
    const { signal, abort } = countedSignal();
    const sleeping = sleep(clock, 100, signal);
    abort(left);
    await expect(sleeping).rejects.toBe(left);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no listener when its time is over', async () => {
    const clock = new FakeClock();
    const { signal, listeners } = countedSignal();
    const sleeping = sleep(clock, 100, signal);
    await clock.advance(100);
    await sleeping;
    await expect.poll(listeners).toBe(0);
  });

  it('does not begin when the signal has aborted before', async () => {
    const clock = new FakeClock();
    await expect(sleep(clock, 100, AbortSignal.abort(left))).rejects.toBe(left);
    expect(clock.pendingTimers).toBe(0);
  });
});
