import type { HiddenPair, ModelCredentialSource } from '../../support/model-credential-source.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import {
  endAllWaits,
  first,
  firstFailure,
  forgetWork,
  keepAlive,
  lastGood,
  lookLate,
  watchFile,
} from '../habits.ts';

/** Sources that are wrong when they are given up, have nothing to give, or cannot read. */
export const brokenFailing: FaultsByCase<ModelCredentialSource> = {
  'lets a caller leave, the first or one who joined, without ending the read of the others': {
    'looks at the signal only when it is called': { untilLeft: () => (work) => work },
    'does not let a caller go who joined a read': {
      get: (get, source) => (options) => (source.remembered === undefined ? get(options) : source.remembered),
    },
    'ends the wait of all when one of them leaves': endAllWaits,
  },
  'lets callers leave while the store is silent, and reads for the next': {
    'looks at the signal when the store has answered': lookLate,
    'gives the next caller the error of the one who left': { get: first },
  },
  'rejects a caller who has left already, with the reason of the signal and no read': {
    'does not look at the signal when it is called': {
      get: (_original, source) => async (options) => await source.untilLeft(source.shared(), options?.signal),
    },
    'reads for a caller who has left already': {
      get: (get, source) => (options) => {
        source.shared().catch(() => undefined);
        return get(options);
      },
    },
  },
  'does not remember that there were no credentials': {
    'remembers a failure': {
      shared: (_original, source) => () => {
        source.remembered ??= source.read();
        source.remembered.catch(() => undefined);
        return source.remembered;
      },
    },
  },
  'rejects when there are no credentials, or only one half of them': {
    'gives undefined where there are no credentials': {
      read: (read) => () => read().catch(() => undefined as unknown as HiddenPair),
    },
    'rejects with nothing': { error: () => () => undefined as unknown as Error },
    'shows what it read when the id is missing': {
      error: (error, source) => (message) => error(`${message}: ${source.store.stored?.clientSecret}`),
    },
    'gives an id without a secret': { isWhole: () => (stored) => stored.clientId !== '' },
    'gives a secret without an id': { isWhole: () => (stored) => stored.clientSecret !== '' },
  },
  'rejects for all who wait when there are no credentials, with one read': {
    'gives all but the first caller undefined': {
      shared: (shared) => {
        let callers = 0;
        return () =>
          callers++ % 2 === 0 ? shared() : shared().catch(() => undefined as unknown as HiddenPair);
      },
    },
    'reads for each caller while there are none': {
      shared: (shared, source) => () => (source.store.stored === undefined ? source.read() : shared()),
    },
  },
  'rejects when the store cannot answer, shows no secret, and reads again for the next caller': {
    'shows the header of its request in its error': {
      error: (error, source) => (message) => {
        const { clientId, clientSecret } = source.store.stored ?? { clientId: '', clientSecret: '' };
        return error(`${message}: ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`);
      },
      read: (read, source) => () =>
        read().catch(() => {
          throw source.error('no response');
        }),
    },
    'serves the old credentials when the store cannot answer': { read: lastGood },
    'asks a store no more that could not answer': { read: firstFailure },
    'shows the old secret in its error': {
      read: (read, source) => () =>
        read().catch(() => {
          throw Object.assign(new Error('no response'), { last: { ...source.store.stored } });
        }),
    },
  },
  'leaves no rejection unhandled when the caller has left before the read fails': {
    'leaves the read unhandled when its caller has left': (source) => {
      source.shared = () => (source.remembered ??= source.read());
      forgetWork(source);
    },
  },
  'keeps no process alive': {
    'watches a file': { shown: watchFile },
    'has an interval after a failure': { error: keepAlive },
    'has an interval that keeps the process alive': { shown: keepAlive },
  },
};
