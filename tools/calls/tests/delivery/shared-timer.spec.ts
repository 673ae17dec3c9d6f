import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { SharedTimer } from '../../src/delivery/shared-timer.ts';

function scene() {
  const clock = new FakeClock();
  const ended: string[] = [];
  const ending = new AbortController();
  const timer = new SharedTimer(clock, ending.signal);
  const wait = (name: string, delayMs: number) => timer.start(() => ended.push(name), delayMs);
  return { clock, ended, ending, timer, wait };
}

it('ends each wait at its time, in whatever order they began', async () => {
  const { clock, ended, wait } = scene();
  wait('third', 300);
  wait('first', 100);
  wait('second', 200);
  await clock.advance(99);
  expect(ended).toEqual([]);
  await clock.advance(1);
  expect(ended).toEqual(['first']);
  await clock.advance(100);
  expect(ended).toEqual(['first', 'second']);
  await clock.advance(100);
  expect(ended).toEqual(['first', 'second', 'third']);
});

it('has one timer of the clock, also for a wait that begins after the last was cancelled', async () => {
  const { clock, ended, timer, wait } = scene();
  for (const one of [wait('a', 100), wait('b', 200)]) timer.cancel(one);
  await clock.advance(50);
  wait('c', 100);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(99);
  expect(ended).toEqual([]);
  await clock.advance(1);
  expect(ended).toEqual(['c']);
  expect(clock.pendingTimers).toBe(0);
});

it('leaves no timer after the end: it goes with the last wait', () => {
  const { clock, ending, timer, wait } = scene();
  timer.cancel(wait('before', 100));
  ending.abort();
  expect(clock.pendingTimers).toBe(0);
  const last = wait('last', 100);
  expect(clock.pendingTimers).toBe(1);
  timer.cancel(last);
  expect(clock.pendingTimers).toBe(0);
});

it('takes a wait that begins, and lets go one that is cancelled, while another ends', async () => {
  const { clock, ended, timer, wait } = scene();
  timer.start(() => {
    timer.cancel(cancelled);
    wait('next', 50);
  }, 100);
  const cancelled = wait('cancelled', 100);
  wait('later', 170);
  await clock.advance(100);
  expect(ended).toEqual([]);
  await clock.advance(50);
  expect(ended).toEqual(['next']);
  await clock.advance(20);
  expect(ended).toEqual(['next', 'later']);
});
