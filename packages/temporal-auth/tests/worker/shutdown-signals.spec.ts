import { expect, it, vi } from 'vitest';
import { onceSignalled } from '../../src/worker/supervisor-options.ts';

const signals = ['SIGWINCH', 'SIGCONT'] as const;

it('tells each of its listeners once, whichever signal comes first', () => {
  const listeners = [vi.fn(), vi.fn()];
  for (const listener of listeners) onceSignalled(signals, listener);
  process.emit('SIGCONT', 'SIGCONT');
  process.emit('SIGCONT', 'SIGCONT');
  process.emit('SIGWINCH', 'SIGWINCH');
  expect(listeners.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

it('has one listener at the process, however many wait, and none once the signal has come or nobody waits', () => {
  const before = signals.map((signal) => process.listenerCount(signal));
  const stops = [1, 2, 3].map(() => onceSignalled(signals, () => undefined));
  expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before.map((count) => count + 1));
  stops[0]?.();
  stops[0]?.();
  expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before.map((count) => count + 1));
  stops[1]?.();
  stops[2]?.();
  expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before);
  onceSignalled(signals, () => undefined);
  process.emit('SIGWINCH', 'SIGWINCH');
  expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before);
});

it('does not tell one that does not wait any more', () => {
  const [one, other] = [vi.fn(), vi.fn()];
  const stop = onceSignalled(signals, one);
  onceSignalled(signals, other);
  stop();
  process.emit('SIGWINCH', 'SIGWINCH');
  expect([one, other].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
});
