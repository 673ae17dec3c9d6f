import type { Clock } from '@worker-auth/ports';
import { expect, it } from 'vitest';
import { maxTimerMs } from '../src/numbers.ts';
import { WakeableTimer } from '../src/wakeable-timer.ts';

it('a wait asks for no longer a timer than there is, whatever the clock says', () => {
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
