import { inspect } from 'node:util';
import { afterTurns } from '../../../src/host-time.ts';
import { HiddenPair, type ModelCredentialSource } from '../../support/model-credential-source.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';

/** Sources with one fault each, which the contract must notice. */
export const brokenCredentialSources: FaultsByCase<(source: ModelCredentialSource) => void> = {
  'gives the client id and the client secret': {
    'takes one for the other': (source) => {
      const shown = source.shown.bind(source);
      source.shown = ({ clientId, clientSecret }) =>
        shown({ clientId: clientSecret, clientSecret: clientId });
    },
    'takes a signal that is undefined for a signal': (source) => {
      const get = source.get.bind(source);
      source.get = (options) => {
        if (options !== undefined && 'signal' in options) (options.signal as AbortSignal).throwIfAborted();
        return get(options);
      };
    },
  },
  'reads nothing by being made or invalidated': {
    'reads when it is made': (source) => {
      void source.shared();
    },
    'has credentials without a read': (source) => {
      source.read = () => Promise.resolve(source.shown({ clientId: 'a', clientSecret: 'b' }));
    },
    'reads when it is invalidated': (source) => {
      const invalidate = source.invalidate.bind(source);
      source.invalidate = () => {
        invalidate();
        source.shared().catch(() => undefined);
      };
    },
  },
  'says where the credentials came from, without the secret': {
    'does not say where the credentials came from': (source) => {
      source.shown = ({ clientId, clientSecret }) => ({ clientId, clientSecret });
    },
    'says nothing for where the credentials came from': (source) => {
      source.shown = (stored) => ({ ...stored, source: '' });
    },
    'says the secret with where it came from': (source) => {
      source.shown = (stored) => ({ ...stored, source: `a file with ${stored.clientSecret}` });
    },
  },
  'shows no secret when its credentials or itself are inspected or turned into JSON': {
    'gives a plain object': (source) => {
      source.shown = (stored) => ({ ...stored, source: 'a model' });
    },
    'hides the secret from inspect and not from JSON': (source) => {
      source.shown = (stored) => ({ ...stored, source: 'a model', [inspect.custom]: () => 'credentials' });
    },
    'hides the secret as a property that is not enumerable': (source) => {
      source.shown = ({ clientId, clientSecret }) =>
        Object.defineProperty({ clientId, clientSecret: '', source: 'a model' }, 'clientSecret', {
          value: clientSecret,
          enumerable: false,
        });
    },
    'hides such a property from inspect as well': (source) => {
      source.shown = ({ clientId, clientSecret }) =>
        Object.defineProperty(
          { clientId, clientSecret: '', source: 'a model', [inspect.custom]: () => 'credentials' },
          'clientSecret',
          { value: clientSecret, enumerable: false },
        );
    },
    'keeps what it read in a public field': (source) => {
      source.shown = (stored) => {
        Object.assign(source, { last: stored });
        return new HiddenPair(stored);
      };
    },
    'hides the secret behind a getter that JSON reads': (source) => {
      source.shown = ({ clientId, clientSecret }) =>
        Object.defineProperty({ clientId, clientSecret: '', source: 'a model' }, 'clientSecret', {
          get: () => clientSecret,
          enumerable: true,
        });
    },
  },
  'prints no secret': {
    'prints the secret for those who debug': (source) => {
      const shown = source.shown.bind(source);
      source.shown = (stored) => {
        console.debug('read %j', stored);
        return shown(stored);
      };
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': (source) => {
      const untilLeft = source.untilLeft.bind(source);
      source.untilLeft = (work, signal) => {
        signal?.addEventListener('abort', () => undefined);
        return untilLeft(work, signal);
      };
    },
  },
  'gives the same again, whatever a caller did to what it got': {
    'gives all callers one object whose client id can be changed': (source) => {
      source.shown = ({ clientId, clientSecret }) =>
        Object.defineProperty({ clientId, source: 'a model' }, 'clientSecret', {
          get: () => clientSecret,
        });
    },
    'gives all callers one object whose secret can be changed': (source) => {
      source.shown = ({ clientId, clientSecret }) =>
        Object.defineProperty({ clientId: '', clientSecret, source: 'a model' }, 'clientId', {
          get: () => clientId,
        });
    },
    'gives every caller an object that he can change': (source) => {
      source.shown = (stored) => ({ ...stored, source: 'a model' });
    },
  },
  'remembers the credentials until invalidate': {
    'remembers nothing': (source) => {
      source.shared = () => source.read();
    },
    'reads behind each call, from a store that is far away': (source) => {
      const { store } = source;
      const read = store.read.bind(store);
      store.read = async () => {
        await afterTurns(20);
        return await read();
      };
      const shared = source.shared.bind(source);
      source.shared = () => {
        store.read().catch(() => undefined);
        return shared();
      };
    },
    'reads again behind each call': (source) => {
      const shared = source.shared.bind(source);
      source.shared = () => {
        const given = shared();
        source.store.read().catch(() => undefined);
        return given;
      };
    },
  },
  'reads the store again after invalidate, each time': {
    'ignores invalidate': (source) => {
      source.invalidate = () => undefined;
    },
    'invalidates once and never again': (source) => {
      const invalidate = source.invalidate.bind(source);
      source.invalidate = () => {
        invalidate();
        source.invalidate = () => undefined;
      };
    },
    'mixes the id of before with the secret of now': (source) => {
      let clientId: string | undefined;
      source.shown = (stored) => new HiddenPair({ ...stored, clientId: (clientId ??= stored.clientId) });
    },
    'mixes the secret of before with the id of now': (source) => {
      let clientSecret: string | undefined;
      source.shown = (stored) =>
        new HiddenPair({ ...stored, clientSecret: (clientSecret ??= stored.clientSecret) });
    },
  },
  'serves what was removed to nobody after invalidate': {
    'serves the old credentials when there are none any more': (source) => {
      const read = source.read.bind(source);
      let last: Awaited<ReturnType<typeof read>> | undefined;
      source.read = async () => {
        try {
          return (last = await read());
        } catch (error) {
          if (last === undefined) throw error;
          return last;
        }
      };
    },
  },
  'remembers no response to a read from before invalidate': {
    'remembers the response to a read from before invalidate': (source) => {
      let last: Awaited<ReturnType<typeof source.read>> | undefined;
      source.invalidate = () => {
        last = undefined;
      };
      source.shared = async () => (last ??= await source.read());
    },
    'lets a new caller join a read from before invalidate': (source) => {
      const read = source.read.bind(source);
      let flight: ReturnType<typeof read> | undefined;
      source.read = () =>
        (flight ??= read().finally(() => {
          flight = undefined;
        }));
    },
  },
  'reads the store once for many callers at the same time': {
    'reads for each caller': (source) => {
      let last: Awaited<ReturnType<typeof source.read>> | undefined;
      let generation = 0;
      source.invalidate = () => {
        last = undefined;
        generation++;
      };
      source.shared = async () => {
        if (last !== undefined) return last;
        const mine = generation;
        const given = await source.read();
        if (mine === generation) last = given;
        return given;
      };
    },
  },
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
    'ends the wait of all when one of them leaves': (source) => {
      const { promise: left, reject } = Promise.withResolvers<never>();
      left.catch(() => undefined);
      source.untilLeft = (work, signal) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        return Promise.race([work, left]);
      };
    },
  },
  'lets a caller leave while the store is silent, and reads for the next': {
    'looks at the signal when the store has answered': (source) => {
      source.untilLeft = async (work, signal) => {
        const given = await work;
        signal?.throwIfAborted();
        return given;
      };
    },
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
  'refuses a caller who has left already, with the reason of the signal and no read': {
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
