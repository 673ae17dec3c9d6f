import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Ending, endWithinMs } from '../src/demo/ending.ts';

const exit = vi.fn<(code: number) => void>();
const steps: string[] = [];
let ending: Ending;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  vi.spyOn(console, 'error').mockImplementation((text) => void steps.push(String(text)));
  exit.mockReset();
  steps.length = 0;
  ending = new Ending(exit);
  for (const step of ['kill', 'report']) ending.atLast(() => void steps.push(step));
});
afterEach(() => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeAllListeners(signal);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('begins with %s', (signal) => {
  expect(ending.signal.aborted).toBe(false);
  process.emit(signal);
  expect(ending.signal.aborted).toBe(true);
  expect(exit).not.toHaveBeenCalled();
});

it('kills what has not ended in time: the report, then the processes, then exit code 1', () => {
  ending.begin();
  vi.advanceTimersByTime(endWithinMs - 1);
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(exit.mock.calls).toEqual([[1]]);
  expect(steps).toEqual(['npm start: It has not ended within 12 s: it is killed', 'report', 'kill']);
});

it('counts its time from its beginning, however often it is begun', () => {
  ending.begin();
  vi.advanceTimersByTime(endWithinMs - 1);
  process.emit('SIGTERM');
  vi.advanceTimersByTime(1);
  expect(exit).toHaveBeenCalledOnce();
});

it('is at once with a second signal, and signals that come together are one', () => {
  process.emit('SIGINT');
  vi.advanceTimersByTime(900);
  process.emit('SIGINT');
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  process.emit('SIGTERM');
  expect(exit.mock.calls).toEqual([[1]]);
  expect(steps[0]).toBe('npm start: A second signal, SIGTERM: it is killed');
});

it('takes every last step, though one throws', () => {
  ending.atLast(() => {
    throw new Error('broken');
  });
  ending.begin();
  vi.advanceTimersByTime(endWithinMs);
  expect(steps.slice(1)).toEqual(['Error: broken', 'report', 'kill']);
  expect(exit.mock.calls).toEqual([[1]]);
});
