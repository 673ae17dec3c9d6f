import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '@worker-auth/ports';
import { maxTimerMs } from '../src/numbers.ts';
import { WakeableTimer } from '../src/wakeable-timer.ts';

const never = new AbortController().signal;

let clock: FakeClock;
let alarm: WakeableTimer;

beforeEach(() => {
  clock = new FakeClock();
  alarm = new WakeableTimer(clock);
});

/** Expects that the wait is over after so many milliseconds from now, and no earlier. */
async function expectOverIn(ms: number, waiting: Promise<void>): Promise<void> {
  let isOver = false;
  void waiting.then(() => (isOver = true));
  if (ms > 0) {
    await clock.advance(ms - 1);
    expect(isOver).toBe(false);
    await clock.advance(1);
  } else {
    await clock.advance(0);
  }
  expect(isOver).toBe(true);
  expect(clock.pendingTimers).toBe(0);
}

describe('a wait', () => {
  it('lasts as long as it is told to', async () => {
    await expectOverIn(100, alarm.wait(100, never));
    await expectOverIn(0, alarm.wait(0, never));
  });

  it('is made shorter while it lasts, and never longer', async () => {
    const waiting = alarm.wait(100, never);
    await clock.advance(10);
    alarm.wakeWithin(50);
    alarm.wakeWithin(80);
    alarm.wakeWithin(50);
    await expectOverIn(50, waiting);
    await expectOverIn(100, alarm.wait(100, never));
  });

  it('ends at once when it is told to', async () => {
    const waiting = alarm.wait(100, never);
    alarm.wakeWithin(0);
    await expectOverIn(0, waiting);
  });

  it('ends when it was told to before it began, at the earliest of those moments', async () => {
    alarm.wakeWithin(80);
    alarm.wakeWithin(50);
    alarm.wakeWithin(70);
    await clock.advance(20);
    await expectOverIn(30, alarm.wait(100, never));
    await expectOverIn(100, alarm.wait(100, never));
  });

  it('is none when that moment is past', async () => {
    alarm.wakeWithin(50);
    await clock.advance(60);
    await expectOverIn(0, alarm.wait(100, never));
  });

  it('is no longer for a moment that comes after it', async () => {
    alarm.wakeWithin(200);
    await expectOverIn(100, alarm.wait(100, never));
  });

  it('asks for no longer a timer than there is, whatever the clock says', () => {
    const ending = new AbortController();
    const delaysMs: number[] = [];
    for (let nowMs = 0; nowMs < 10; nowMs += 0.01) {
      const startTimer: Clock['startTimer'] = (_callback, delayMs) => {
        delaysMs.push(delayMs);
        return { cancel: () => undefined };
      };
      const timer = new WakeableTimer({ monotonicNow: () => nowMs, wallNow: () => 0, startTimer });
      void timer.wait(maxTimerMs, ending.signal).catch(() => undefined);
    }
    expect(Math.max(...delaysMs)).toBe(maxTimerMs);
    ending.abort();
  });

  it('ends with the reason of its signal, and leaves no timer', async () => {
    const leaving = new AbortController();
    const failed = alarm.wait(100, leaving.signal).catch((error: unknown) => error);
    leaving.abort(new Error('stopped'));
    expect(await failed).toBe(leaving.signal.reason);
    expect(clock.pendingTimers).toBe(0);
  });
});
