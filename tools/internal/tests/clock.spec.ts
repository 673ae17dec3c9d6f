import { FakeClock } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { elapsedMs, readInstant, systemClock } from '../src/clock.ts';
import type { Clock } from '@worker-auth/ports';

describe('elapsedMs', () => {
  it('follows both clocks when they agree', async () => {
    const clock = new FakeClock();
    const since = readInstant(clock satisfies Clock);
    await clock.advance(1_500);
    expect(elapsedMs(clock, since)).toBe(1_500);
  });

  it('counts the time a suspended host slept, which the monotonic clock misses', () => {
    const clock = new FakeClock();
    const since = readInstant(clock);
    clock.suspend(3_600_000);
    expect(elapsedMs(clock, since)).toBe(3_600_000);
  });

  it('ignores a wall clock that stepped back', async () => {
    const clock = new FakeClock();
    const since = readInstant(clock);
    await clock.advance(2_000);
    clock.stepWall(-3_600_000);
    expect(elapsedMs(clock, since)).toBe(2_000);
  });
});

describe('systemClock with timers of a test', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("reads the host's clocks, also when they were replaced after it was loaded", () => {
    const since = readInstant(systemClock);
    expect(since.wallMs).toBe(1_000_000);
    vi.advanceTimersByTime(250);
    expect(systemClock.wallNow()).toBe(1_000_250);
    expect(systemClock.monotonicNow() - since.monotonicMs).toBeCloseTo(250);
  });

  it('has a monotonic clock that no step of the wall clock moves', () => {
    const before = systemClock.monotonicNow();
    vi.setSystemTime(9_000_000);
    expect([systemClock.wallNow(), systemClock.monotonicNow()]).toEqual([9_000_000, before]);
  });

  it('calls back once, after the delay', () => {
    const callback = vi.fn();
    systemClock.startTimer(callback, 100);
    vi.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledOnce();
  });

  it('does not call back after cancel()', () => {
    const callback = vi.fn();
    const timer = systemClock.startTimer(callback, 100);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });
});

it('keeps the process alive only by a timer that says so', () => {
  const timeouts = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timeouts();
  const silent = systemClock.startTimer(() => undefined, 60_000);
  expect(timeouts()).toBe(before);
  const awaited = systemClock.startTimer(() => undefined, 60_000, { keepAlive: true });
  expect(timeouts()).toBe(before + 1);
  for (const timer of [silent, awaited]) timer.cancel();
  expect(timeouts()).toBe(before);
});
