import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { watchUnhandledRejections } from '../src/index.ts';

it('gives the reasons of what was left unhandled', async () => {
  const rejections = watchUnhandledRejections();
  const reason = new Error('nobody cares');
  void Promise.reject(reason);
  expect(await rejections.end()).toEqual([reason]);
});

it('gives none when all was handled', async () => {
  const rejections = watchUnhandledRejections();
  Promise.reject(new Error('somebody cares')).catch(() => undefined);
  expect(await rejections.end()).toEqual([]);
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

it('leaves what nobody watches for to the listeners of before, or to Node', async () => {
  const framework = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  onTestFinished(() => {
    process.setUncaughtExceptionCaptureCallback(null);
    process.removeAllListeners('unhandledRejection');
    for (const listener of framework) process.on('unhandledRejection', listener);
  });
  const left: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => left.push('to Node', error));
  const reason = new Error('nobody cares');
  void Promise.reject(reason);
  await watchUnhandledRejections(() => false).end();
  expect(left).toEqual(['to Node', reason]);
  process.on('unhandledRejection', (...given) => left.push(...given));
  const another = Promise.reject(reason);
  await watchUnhandledRejections(() => false).end();
  expect(left.slice(2)).toEqual([reason, another]);
});

it('gives the listeners of the test framework back', async () => {
  const before = process.listeners('unhandledRejection');
  const rejections = watchUnhandledRejections();
  expect(process.listeners('unhandledRejection')).not.toEqual(before);
  await rejections.end();
  expect(process.listeners('unhandledRejection')).toEqual(before);
});

it('ends with its scope', () => {
  const before = process.listeners('unhandledRejection');
  {
    using rejections = watchUnhandledRejections();
    expect(rejections.reasons).toEqual([]);
  }
  expect(process.listeners('unhandledRejection')).toEqual(before);
});
