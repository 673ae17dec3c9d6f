import { beforeEach, describe, expect, it } from 'vitest';
import { SharedStart } from '../../src/connection/shared-start.ts';
import { rejection } from '../support/scene.ts';

let attempts: (PromiseWithResolvers<string> & { readonly signal: AbortSignal })[];
let start: SharedStart<string>;

beforeEach(() => {
  attempts = [];
  start = new SharedStart((signal) => {
    const attempt = Promise.withResolvers<string>();
    attempts.push({ ...attempt, signal });
    return attempt.promise;
  });
});

describe('a start', () => {
  it('is one for all who wait for it', async () => {
    const all = [start.join(), start.join()];
    expect([attempts.length, start.isRunning]).toEqual([1, true]);
    attempts[0]?.resolve('started');
    expect(await Promise.all(all)).toEqual(['started', 'started']);
    expect(start.isRunning).toBe(false);
  });

  it('is tried anew after a failure, by who joins then', async () => {
    const all = [rejection(start.join()), rejection(start.join())];
    const error = new Error('away');
    attempts[0]?.reject(error);
    expect(await Promise.all(all)).toEqual([error, error]);
    const again = start.join();
    attempts[1]?.resolve('started');
    expect(await again).toBe('started');
  });

  it('goes on while one waits for it, and is given up with the reason of the last who leaves', async () => {
    const [first, last] = [new AbortController(), new AbortController()];
    const left = [rejection(start.join(first.signal)), rejection(start.join(last.signal))];
    first.abort(new Error('first'));
    expect(await left[0]).toBe(first.signal.reason);
    expect(attempts[0]?.signal.aborted).toBe(false);
    last.abort(new Error('last'));
    expect(await left[1]).toBe(last.signal.reason);
    expect(attempts[0]?.signal.reason).toBe(last.signal.reason);
  });

  it('is not begun for who has left already', async () => {
    const reason = new Error('left');
    expect(await rejection(start.join(AbortSignal.abort(reason)))).toBe(reason);
    expect(attempts).toEqual([]);
  });
});

it('stop() gives it up, and waits until nothing is left of it', async () => {
  const reason = new Error('closed');
  const failed = rejection(start.join());
  let isStopped = false;
  const stopped = start.stop(reason).then(() => {
    isStopped = true;
  });
  await Promise.resolve();
  expect([attempts[0]?.signal.reason, isStopped]).toEqual([reason, false]);
  attempts[0]?.reject(reason);
  await stopped;
  expect(await failed).toBe(reason);
  await start.stop(reason);
});
