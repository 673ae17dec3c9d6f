import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Runs background work outside the async context of the code that happened to start it: neither deadlines nor metadata nor abort signals of that
 * caller's connection hold for it.
 */
export const inOwnContext: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();
