import type { HiddenPair, ModelCredentialSource } from '../../support/model-credential-source.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import { endAllWaits, lookLate } from '../waits.ts';

/** Sources that are wrong when they are given up, have nothing to give, or cannot read. */
export const brokenFailing: FaultsByCase<(source: ModelCredentialSource) => void> = {
  'lets one caller leave without ending the read of the others': {
    'ignores the signal': (source) => {
      const get = source.get.bind(source);
      source.get = () => get();
    },
    'looks at the signal only when it is called': (source) => {
      source.untilLeft = (work) => work;
    },
    'lets the signal of one caller end the read of all': (source) => {
      const get = source.get.bind(source);
      let flight: ReturnType<typeof get> | undefined;
      source.get = (options) => {
        flight ??= get(options).finally(() => {
          flight = undefined;
        });
        return flight;
      };
    },
  },
  'lets a caller leave who joined the read of another': {
    'does not let a caller go who joined a read': (source) => {
      const get = source.get.bind(source);
      source.get = (options) => (source.remembered === undefined ? get(options) : source.remembered);
    },
    'ends the wait of all when one of them leaves': endAllWaits,
  },
  'lets a caller leave while the store is silent, and reads for the next': {
    'looks at the signal when the store has answered': lookLate,
    'gives nothing to a caller who left': (source) => {
      const untilLeft = source.untilLeft.bind(source);
      source.untilLeft = (work, signal) =>
        untilLeft(work, signal).catch((error: unknown) => {
          if (signal?.aborted !== true) throw error;
          return undefined as unknown as HiddenPair;
        });
    },
    'gives the next caller the error of the one who left': (source) => {
      const get = source.get.bind(source);
      let first: ReturnType<typeof get> | undefined;
      source.get = (options) => (first ??= get(options));
    },
  },
  'rejects a caller who has left already, with the reason of the signal and no read': {
    'does not look at the signal when it is called': (source) => {
      source.get = async (options) => await source.untilLeft(source.shared(), options?.signal);
    },
    'reads for a caller who has left already': (source) => {
      const get = source.get.bind(source);
      source.get = (options) => {
        source.shared().catch(() => undefined);
        return get(options);
      };
    },
  },
  'rejects when there are no credentials, and does not remember that': {
    'remembers a failure': (source) => {
      source.shared = () => {
        source.remembered ??= source.read();
        source.remembered.catch(() => undefined);
        return source.remembered;
      };
    },
    'gives undefined where there are no credentials': (source) => {
      const read = source.read.bind(source);
      source.read = () => read().catch(() => undefined as unknown as HiddenPair);
    },
    'rejects with nothing': (source) => {
      source.error = () => undefined as unknown as Error;
    },
    'rejects without a word': (source) => {
      source.error = () => new Error();
    },
  },
  'rejects for credentials of which one half is empty': {
    'gives an id without a secret': (source) => {
      source.isWhole = ({ clientId }) => clientId !== '';
    },
    'gives a secret without an id': (source) => {
      source.isWhole = ({ clientSecret }) => clientSecret !== '';
    },
  },
  'rejects for all who wait when there are no credentials, with one read': {
    'gives all but the first caller undefined': (source) => {
      const shared = source.shared.bind(source);
      let callers = 0;
      source.shared = () =>
        callers++ % 2 === 0 ? shared() : shared().catch(() => undefined as unknown as HiddenPair);
    },
    'reads for each caller while there are none': (source) => {
      const shared = source.shared.bind(source);
      source.shared = () => (source.store.stored === undefined ? source.read() : shared());
    },
  },
  'rejects when the store cannot answer, shows no secret, and reads again for the next caller': {
    'serves the old credentials when the store cannot answer': (source) => {
      const read = source.read.bind(source);
      let last: Awaited<ReturnType<typeof read>> | undefined;
      source.read = async () => {
        if (source.store.isBroken && last !== undefined) return last;
        return (last = await read());
      };
    },
    'asks a store no more that could not answer': (source) => {
      const read = source.read.bind(source);
      let failed: ReturnType<typeof read> | undefined;
      source.read = () => {
        const reading = failed ?? read();
        reading.catch(() => (failed = reading));
        return reading;
      };
    },
    'shows the old secret in its error': (source) => {
      const read = source.read.bind(source);
      source.read = () =>
        read().catch(() => {
          throw Object.assign(new Error('no response'), { last: { ...source.store.stored } });
        });
    },
  },
  'leaves no rejection unhandled when the caller has left before the read fails': {
    'leaves the read unhandled when its caller has left': (source) => {
      source.shared = () => (source.remembered ??= source.read());
      source.untilLeft = async (work, signal) => {
        if (signal === undefined) return await work;
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        throw signal.reason;
      };
    },
  },
};
