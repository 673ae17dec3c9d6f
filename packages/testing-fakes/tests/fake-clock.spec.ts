import { describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';

describe('FakeClock', () => {
  it('fires a timer when its time has come, not one millisecond before', async () => {
    const clock = new FakeClock();
    let fired = 0;
    clock.startTimer(() => fired++, 100);
    await clock.advance(99);
    expect(fired).toBe(0);
    await clock.advance(1);
    expect(fired).toBe(1);
  });

  it('fires timers in the order of their due times, with the clock at each of them', async () => {
    const clock = new FakeClock({ monotonicMs: 0 });
    const seen: number[] = [];
    clock.startTimer(() => seen.push(clock.monotonicNow()), 20);
    clock.startTimer(() => seen.push(clock.monotonicNow()), 10);
    await clock.advance(50);
    expect(seen).toEqual([10, 20]);
  });

  it('fires equal timers in the order in which they were started, each once', async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const first = clock.startTimer(() => seen.push('first'), 10);
    clock.startTimer(() => seen.push('second'), 10);
    await clock.advance(30);
    first.cancel();
    expect(seen).toEqual(['first', 'second']);
  });

  it('fires a timer that another one started, within the same advance', async () => {
    const clock = new FakeClock({ monotonicMs: 0 });
    const seen: number[] = [];
    clock.startTimer(() => {
      clock.startTimer(() => seen.push(clock.monotonicNow()), 5);
    }, 10);
    await clock.advance(15);
    expect(seen).toEqual([15]);
  });

  it('moves both clocks, and says how long the next timer waits', async () => {
    const clock = new FakeClock({ monotonicMs: 5, wallMs: 1_000 });
    expect(clock.nextTimerInMs).toBeUndefined();
    clock.startTimer(() => undefined, 70);
    clock.startTimer(() => undefined, 60);
    await clock.advance(50);
    expect([clock.monotonicNow(), clock.wallNow(), clock.nextTimerInMs]).toEqual([55, 1_050, 10]);
  });

  it('moves the wall clock alone while the host sleeps', () => {
    const clock = new FakeClock({ monotonicMs: 5, wallMs: 1_000 });
    clock.suspend(60_000);
    expect([clock.monotonicNow(), clock.wallNow()]).toEqual([5, 61_000]);
  });

  it('rejects a delay that setTimeout would turn into 1 ms', () => {
    const clock = new FakeClock();
    expect(() => clock.startTimer(() => undefined, 2 ** 31)).toThrow(RangeError);
    expect(() => clock.startTimer(() => undefined, 2 ** 31 - 1)).not.toThrow();
  });
});
