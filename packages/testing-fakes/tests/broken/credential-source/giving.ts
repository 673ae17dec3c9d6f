import { inspect } from 'node:util';
import type { ContractCredentials } from '../../../src/contracts/credential-source/credential-source-under-test.ts';
import { afterTurns } from '../../../src/host-time.ts';
import { HiddenPair, type ModelCredentialSource } from '../../support/model-credential-source.ts';
import type { Change, FaultsByCase } from '../../support/broken-promises.ts';
import { joined, lastGood, leaveListener } from '../habits.ts';

/** Sources that give, remember or show in a wrong way. */
export const brokenGiving: FaultsByCase<ModelCredentialSource> = {
  'gives the client id and the client secret': {
    'takes one for the other': {
      shown: (shown) => (stored) => shown({ clientId: stored.clientSecret, clientSecret: stored.clientId }),
    },
    'takes a signal that is undefined for a signal': {
      get: (get) => (options) => {
        if (options !== undefined && 'signal' in options) (options.signal as AbortSignal).throwIfAborted();
        return get(options);
      },
    },
  },
  'reads nothing by being made or invalidated': {
    'reads when it is made': (source) => {
      void source.shared();
    },
    'has credentials without a read': {
      read: (_original, source) => () => Promise.resolve(source.shown({ clientId: 'a', clientSecret: 'b' })),
    },
    'reads when it is invalidated': {
      invalidate: (invalidate, source) => () => {
        invalidate();
        source.shared().catch(() => undefined);
      },
    },
  },
  'says where the credentials came from, without the secret': {
    'does not say where the credentials came from': { shown: () => (stored) => ({ ...stored }) },
    'says nothing for where the credentials came from': {
      shown: () => (stored) => ({ ...stored, source: '' }),
    },
    'says the secret with where it came from': {
      shown: () => (stored) => ({ ...stored, source: `a file with ${stored.clientSecret}` }),
    },
  },
  'shows no secret when its credentials or itself are inspected or turned into JSON': {
    'gives a plain object': { shown: () => (stored) => ({ ...stored, source: 'a model' }) },
    'hides the secret from inspect and not from JSON': {
      shown: () => (stored) => ({
        ...stored,
        source: 'a model',
        [inspect.custom]: () => 'credentials',
      }),
    },
    'hides the secret as a property that is not enumerable': withSecretAs(({ clientSecret: value }) => ({
      value,
      enumerable: false,
    })),
    'hides such a property from inspect as well': withSecretAs(
      ({ clientSecret: value }) => ({ value, enumerable: false }),
      {
        [inspect.custom]: () => 'credentials',
      },
    ),
    'keeps what it read in a public field': {
      shown: (_original, source) => (stored) => {
        Object.assign(source, { last: stored });
        return new HiddenPair(stored);
      },
    },
    'hides the secret behind a getter that JSON reads': withSecretAs(({ clientSecret }) => ({
      get: () => clientSecret,
      enumerable: true,
    })),
  },
  'prints no secret': {
    'prints the secret for those who debug': {
      shown: (shown) => (stored) => {
        console.debug('read %j', stored);
        return shown(stored);
      },
    },
    'warns with the secret': {
      shown: (shown) => (stored) => {
        process.emitWarning(JSON.stringify(stored));
        return shown(stored);
      },
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': leaveListener,
  },
  'gives the same again, whatever a caller did to what it got': {
    'gives all callers one object whose client id can be changed': withSecretAs(({ clientSecret }) => ({
      get: () => clientSecret,
      enumerable: false,
    })),
    'gives all callers one object whose secret can be changed': {
      shown: () => (stored) =>
        Object.defineProperty({ ...stored, source: 'a model' }, 'clientId', { get: () => stored.clientId }),
    },
    'gives every caller an object that he can change': {
      shown: () => (stored) => ({ ...stored, source: 'a model' }),
    },
  },
  'remembers the credentials until invalidate': {
    'remembers nothing': { shared: (_original, source) => () => source.read() },
    'reads behind each call, from a store that is far away': (source) => {
      const { store } = source;
      const shared = source.shared.bind(source);
      const read = store.read.bind(store);
      store.read = () => afterTurns(20).then(read);
      source.shared = () => {
        store.read().catch(() => undefined);
        return shared();
      };
    },
    'reads again behind each call': {
      shared: (shared, source) => () => {
        const given = shared();
        source.store.read().catch(() => undefined);
        return given;
      },
    },
  },
  'reads the store again after invalidate, each time': {
    'ignores invalidate': { invalidate: () => () => undefined },
    'invalidates once and never again': {
      invalidate: (invalidate, source) => () => {
        invalidate();
        source.invalidate = () => undefined;
      },
    },
    'mixes the id of before with the secret of now': {
      shown: () => {
        let clientId: string | undefined;
        return (stored) => new HiddenPair({ ...stored, clientId: (clientId ??= stored.clientId) });
      },
    },
    'mixes the secret of before with the id of now': {
      shown: () => {
        let clientSecret: string | undefined;
        return (stored) =>
          new HiddenPair({ ...stored, clientSecret: (clientSecret ??= stored.clientSecret) });
      },
    },
  },
  'serves what was removed to nobody after invalidate': {
    'serves the old credentials when there are none any more': { read: lastGood },
  },
  'remembers no response to a read from before invalidate': {
    'remembers the response to a read from before invalidate': (source) => {
      let last: Awaited<ReturnType<typeof source.read>> | undefined;
      source.invalidate = () => {
        last = undefined;
      };
      source.shared = async () => (last ??= await source.read());
    },
    'lets a new caller join a read from before invalidate': { read: joined },
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

/** Gives credentials whose secret is such a property. */
function withSecretAs(
  property: (stored: ContractCredentials) => PropertyDescriptor,
  others: object = {},
): Change<ModelCredentialSource> {
  return {
    shown: () => (stored) =>
      Object.defineProperty({ ...stored, source: 'a model', ...others }, 'clientSecret', property(stored)),
  };
}
