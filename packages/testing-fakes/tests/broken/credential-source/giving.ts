import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { ContractCredentials } from '../../../src/contracts/credential-source-under-test.ts';
import { HiddenPair, type ModelCredentialSource } from '../../support/model-credential-source.ts';
import type { Change, FaultsByCase } from '../../support/broken-promises.ts';
import { joined, lastGood, leaveListener } from '../habits.ts';

/** Sources that give, remember or show in a wrong way. */
export const brokenGiving: FaultsByCase<ModelCredentialSource> = {
  'gives the client id and the client secret': {
    'decodes percent signs': shownAs((text) => decodeURIComponent(text)),
    'cuts a secret at its equals sign': shownAs((text) => text.replace(/=.*/, '')),
    'lower-cases the client id': shownAs((text) => text.replace('C', 'c')),
    'takes one for the other': {
      shown: (shown) => (stored) => shown({ clientId: stored.clientSecret, clientSecret: stored.clientId }),
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
    'says the secret with where it came from': {
      shown: () => (stored) => ({ ...stored, source: `a file with ${stored.clientSecret}` }),
    },
  },
  'shows no secret when its credentials or itself are inspected or turned into JSON': {
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
    'prints the old secret when there is another one': {
      shown: (shown) => {
        let last = '';
        return (stored) => {
          if (last !== '' && last !== stored.clientSecret) console.debug(`another one than ${last}`);
          last = stored.clientSecret;
          return shown(stored);
        };
      },
    },
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
    'gives all callers one object whose secret can be changed': {
      shown: () => (stored) =>
        Object.defineProperty({ ...stored, source: 'a model' }, 'clientId', { get: () => stored.clientId }),
    },
    'gives every caller an object that he can change': {
      shown: () => (stored) => ({ ...stored, source: 'a model' }),
    },
    'gives those who share a read one object that they may change': (source) => {
      const pairs = new WeakMap<object, ContractCredentials>();
      const late = new WeakSet<object>();
      const made = (stored: ContractCredentials): ReturnType<typeof source.shown> =>
        Object.defineProperty({ clientId: stored.clientId, source: 'a model' }, 'clientSecret', {
          get: () => stored.clientSecret,
        });
      source.shown = (stored) => {
        const given = made(stored);
        pairs.set(given, stored);
        return given;
      };
      const get = source.get.bind(source);
      source.get = async (options) => {
        const given = await get(options);
        const stored = pairs.get(given);
        if (late.has(given) && stored !== undefined) return made(stored);
        void setImmediate().then(() => late.add(given));
        return given;
      };
    },
  },
  'remembers the credentials until invalidate': {
    'remembers nothing': { shared: (_original, source) => () => source.read() },
    'reads again behind each call': {
      shared: (shared, source) => () => {
        const given = shared();
        source.store.read().catch(() => undefined);
        return given;
      },
    },
  },
  'reads the store again after invalidate, each time': {
    'trims a secret': shownAs((text) => text.trim()),
    'takes a letter for a compatible one': shownAs((text) => text.normalize('NFKC')),
    'reads latin1': shownAs((text) => Buffer.from(text).toString('latin1')),
    'serves the old credentials when there are none any more': { read: lastGood },
    'ignores invalidate': { invalidate: () => () => undefined },
    'invalidates once and never again': {
      invalidate: (invalidate, source) => () => {
        invalidate();
        source.invalidate = () => undefined;
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
  'remembers what the newest read gave, whichever was answered last': {
    'remembers the response to a read from before invalidate': (source) => {
      let last: Awaited<ReturnType<typeof source.read>> | undefined;
      source.invalidate = () => {
        last = undefined;
      };
      source.shared = async () => (last ??= await source.read());
    },
    'lets a new caller join a read from before invalidate': { read: joined },
    'remembers what an older read gives after a newer one': {
      read: (read, source) => async () => {
        const given = await read();
        source.remembered = Promise.resolve(given);
        return given;
      },
    },
  },
  'reads the store once for many callers at the same time': {
    'reads for each caller who has a signal': {
      get: (get, source) => (options) =>
        options?.signal === undefined ? get(options) : source.untilLeft(source.read(), options.signal),
    },
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

/** Gives credentials whose texts are changed. */
function shownAs(change: (text: string) => string): Change<ModelCredentialSource> {
  return {
    shown: (shown) => (stored) =>
      shown({ clientId: change(stored.clientId), clientSecret: change(stored.clientSecret) }),
  };
}

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
