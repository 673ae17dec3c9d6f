import { inspect } from 'node:util';
import { afterTurns } from '../../../src/host-time.ts';
import { HiddenPair, type ModelCredentialSource } from '../../support/model-credential-source.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import { leaveListener } from '../waits.ts';

/** Sources that give, remember or show in a wrong way. */
export const brokenGiving: FaultsByCase<(source: ModelCredentialSource) => void> = {
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
    'leaves its listener on the signal': leaveListener,
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
};
