import process from 'node:process';
import { expect, it, onTestFinished, vi } from 'vitest';
import { afterTurns } from '../src/host-time.ts';
import { watchUnhandledRejections, leavesUnhandled } from '../src/unhandled-rejections.ts';

it('gives the reasons of what was left unhandled, and the listeners of before back', async () => {
  const before = process.listeners('unhandledRejection');
  const rejections = watchUnhandledRejections();
  const reason = new Error('nobody cares');
  void Promise.reject(reason);
  expect(await rejections.end()).toEqual([reason]);
  expect(process.listeners('unhandledRejection')).toEqual(before);
});

it('takes what matches, and leaves the rest to whoever watched before', async () => {
  const [mine, other] = [new Error('mine'), new Error('other')];
  const all = watchUnhandledRejections();
  const some = watchUnhandledRejections((reason) => reason === mine);
  void Promise.reject(mine);
  void Promise.reject(other);
  expect(await some.end()).toEqual([mine]);
  expect(await all.end()).toEqual([other]);
});

it.each([
  ['its own', true],
  ['no other', false],
])('tells whoever runs something whether it left a rejection: %s', async (_whose, isLeft) => {
  const before = process.listeners('unhandledRejection');
  const reason = new Error('nobody cares');
  const others = watchUnhandledRejections();
  const leaves = leavesUnhandled(
    (left) => left === (isLeft ? reason : undefined),
    async () => {
      void Promise.reject(reason);
      await afterTurns();
    },
  );
  expect(await leaves).toBe(isLeft);
  expect(await others.end()).toEqual(isLeft ? [] : [reason]);
  expect(process.listeners('unhandledRejection')).toEqual(before);
});

it('hands what does not match to the listeners of before, or to Node where there are none', () => {
  const before = process.listeners('unhandledRejection');
  onTestFinished(() => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
  });
  const [reason, promise] = [new Error('other'), Promise.resolve()];
  const told = vi.fn();
  for (const listeners of [[told], []]) {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    using rejections = watchUnhandledRejections(() => false);
    const emit = (): boolean => process.emit('unhandledRejection', reason, promise);
    if (listeners.length > 0) emit();
    else expect(emit).toThrow(reason);
    expect(rejections.reasons).toEqual([]);
  }
  expect(told).toHaveBeenCalledExactlyOnceWith(reason, promise);
});

it('ends with its scope', () => {
  const before = process.listeners('unhandledRejection');
  {
    using rejections = watchUnhandledRejections();
    expect(rejections.reasons).toEqual([]);
  }
  expect(process.listeners('unhandledRejection')).toEqual(before);
});
