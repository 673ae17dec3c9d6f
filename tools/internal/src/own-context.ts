import { AsyncResource } from 'node:async_hooks';

const background = new AsyncResource('worker-auth');

/**
 * Runs background work outside the async context of the code that happened to start it: neither deadlines nor metadata nor abort signals of that
 * caller's connection hold for it.
 */
export function inOwnContext<T>(work: () => T): T {
  return background.runInAsyncScope(work);
}
