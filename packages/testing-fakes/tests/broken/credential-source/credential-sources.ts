import { inspect } from 'node:util';
import { HiddenPair, type ModelCredentialSource } from '../../support/model-credential-source.ts';

interface BrokenCredentialSource {
  /** What is wrong, and nothing else is. */
  readonly fault: string;
  /** A case that must notice it. */
  readonly caughtBy: string;
  readonly breakIt: (source: ModelCredentialSource) => void;
}

const byShown = 'shows no secret when its credentials or itself are inspected or turned into JSON';
const byLeaving = 'lets one caller leave without ending the read of the others';
const byNone = 'rejects when there are no credentials, and does not remember that';
const byFailing =
  'rejects when the store cannot answer, shows no secret, and reads again for the next caller';

/** Sources with one fault each, which the contract must notice. */
export function brokenCredentialSources(): readonly BrokenCredentialSource[] {
  return [
    {
      fault: 'reads when it is made',
      caughtBy: 'reads nothing by being made or invalidated',
      breakIt: (source) => {
        void source.shared();
      },
    },
    {
      fault: 'reads when it is invalidated',
      caughtBy: 'reads nothing by being made or invalidated',
      breakIt: (source) => {
        const invalidate = source.invalidate.bind(source);
        source.invalidate = () => {
          invalidate();
          source.shared().catch(() => undefined);
        };
      },
    },
    {
      fault: 'does not say where the credentials came from',
      caughtBy: 'says where the credentials came from, without the secret',
      breakIt: (source) => {
        source.shown = ({ clientId, clientSecret }) => ({ clientId, clientSecret });
      },
    },
    {
      fault: 'says the secret with where it came from',
      caughtBy: 'says where the credentials came from, without the secret',
      breakIt: (source) => {
        source.shown = (stored) => ({ ...stored, source: `a file with ${stored.clientSecret}` });
      },
    },
    {
      fault: 'gives a plain object',
      caughtBy: byShown,
      breakIt: (source) => {
        source.shown = (stored) => ({ ...stored, source: 'a model' });
      },
    },
    {
      fault: 'hides the secret from inspect and not from JSON',
      caughtBy: byShown,
      breakIt: (source) => {
        source.shown = (stored) => ({ ...stored, source: 'a model', [inspect.custom]: () => 'credentials' });
      },
    },
    {
      fault: 'hides the secret as a property that is not enumerable',
      caughtBy: byShown,
      breakIt: (source) => {
        source.shown = ({ clientId, clientSecret }) =>
          Object.defineProperty({ clientId, clientSecret: '', source: 'a model' }, 'clientSecret', {
            value: clientSecret,
            enumerable: false,
          });
      },
    },
    {
      fault: 'keeps what it read in a public field',
      caughtBy: byShown,
      breakIt: (source) => {
        source.shown = (stored) => {
          Object.assign(source, { last: stored });
          return new HiddenPair(stored);
        };
      },
    },
    {
      fault: 'hides the secret behind a getter that JSON reads',
      caughtBy: byShown,
      breakIt: (source) => {
        source.shown = ({ clientId, clientSecret }) =>
          Object.defineProperty({ clientId, clientSecret: '', source: 'a model' }, 'clientSecret', {
            get: () => clientSecret,
            enumerable: true,
          });
      },
    },
    {
      fault: 'prints the secret for those who debug',
      caughtBy: 'prints no secret',
      breakIt: (source) => {
        const shown = source.shown.bind(source);
        source.shown = (stored) => {
          console.debug('read %j', stored);
          return shown(stored);
        };
      },
    },
    {
      fault: 'leaves its listener on the signal',
      caughtBy: 'leaves no listener on the signal of a caller who goes on',
      breakIt: (source) => {
        const untilLeft = source.untilLeft.bind(source);
        source.untilLeft = (work, signal) => {
          signal?.addEventListener('abort', () => undefined);
          return untilLeft(work, signal);
        };
      },
    },
    {
      fault: 'gives all callers one object whose client id can be changed',
      caughtBy: 'gives the same again, whatever a caller did to what it got',
      breakIt: (source) => {
        source.shown = ({ clientId, clientSecret }) =>
          Object.defineProperty({ clientId, source: 'a model' }, 'clientSecret', {
            get: () => clientSecret,
          });
      },
    },
    {
      fault: 'remembers nothing',
      caughtBy: 'remembers the credentials until invalidate',
      breakIt: (source) => {
        source.shared = () => source.read();
      },
    },
    {
      fault: 'reads again behind each call',
      caughtBy: 'remembers the credentials until invalidate',
      breakIt: (source) => {
        const shared = source.shared.bind(source);
        source.shared = () => {
          const given = shared();
          source.store.read().catch(() => undefined);
          return given;
        };
      },
    },
    {
      fault: 'gives every caller an object that he can change',
      caughtBy: 'gives the same again, whatever a caller did to what it got',
      breakIt: (source) => {
        source.shown = (stored) => ({ ...stored, source: 'a model' });
      },
    },
    {
      fault: 'ignores invalidate',
      caughtBy: 'reads the store again after invalidate, each time',
      breakIt: (source) => {
        source.invalidate = () => undefined;
      },
    },
    {
      fault: 'invalidates once and never again',
      caughtBy: 'reads the store again after invalidate, each time',
      breakIt: (source) => {
        const invalidate = source.invalidate.bind(source);
        source.invalidate = () => {
          invalidate();
          source.invalidate = () => undefined;
        };
      },
    },
    {
      fault: 'serves the old credentials when there are none any more',
      caughtBy: 'serves what was removed to nobody after invalidate',
      breakIt: (source) => {
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
    {
      fault: 'remembers the answer to a read from before invalidate',
      caughtBy: 'remembers no answer to a read from before invalidate',
      breakIt: (source) => {
        let last: Awaited<ReturnType<typeof source.read>> | undefined;
        source.invalidate = () => {
          last = undefined;
        };
        source.shared = async () => (last ??= await source.read());
      },
    },
    {
      fault: 'lets a new caller join a read from before invalidate',
      caughtBy: 'remembers no answer to a read from before invalidate',
      breakIt: (source) => {
        const read = source.read.bind(source);
        let flight: ReturnType<typeof read> | undefined;
        source.read = () =>
          (flight ??= read().finally(() => {
            flight = undefined;
          }));
      },
    },
    {
      fault: 'mixes the id of before with the secret of now',
      caughtBy: 'reads the store again after invalidate, each time',
      breakIt: (source) => {
        let clientId: string | undefined;
        source.shown = (stored) => new HiddenPair({ ...stored, clientId: (clientId ??= stored.clientId) });
      },
    },
    {
      fault: 'reads for each caller',
      caughtBy: 'reads the store once for many callers at the same time',
      breakIt: (source) => {
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
    {
      fault: 'ignores the signal',
      caughtBy: byLeaving,
      breakIt: (source) => {
        const get = source.get.bind(source);
        source.get = () => get();
      },
    },
    {
      fault: 'looks at the signal only when it is called',
      caughtBy: byLeaving,
      breakIt: (source) => {
        source.untilLeft = (work) => work;
      },
    },
    {
      fault: 'lets the signal of one caller end the read of all',
      caughtBy: byLeaving,
      breakIt: (source) => {
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
    {
      fault: 'does not let a caller go who joined a read',
      caughtBy: 'lets a caller leave who joined the read of another',
      breakIt: (source) => {
        const get = source.get.bind(source);
        source.get = (options) => (source.remembered === undefined ? get(options) : source.remembered);
      },
    },
    {
      fault: 'reads for a caller who has left already',
      caughtBy: 'refuses a caller who has left already, with the reason of the signal and no read',
      breakIt: (source) => {
        const get = source.get.bind(source);
        source.get = (options) => {
          source.shared().catch(() => undefined);
          return get(options);
        };
      },
    },
    {
      fault: 'remembers a failure',
      caughtBy: byNone,
      breakIt: (source) => {
        source.shared = () => {
          source.remembered ??= source.read();
          source.remembered.catch(() => undefined);
          return source.remembered;
        };
      },
    },
    {
      fault: 'gives undefined where there are no credentials',
      caughtBy: byNone,
      breakIt: (source) => {
        const read = source.read.bind(source);
        source.read = () => read().catch(() => undefined as unknown as HiddenPair);
      },
    },
    {
      fault: 'rejects with nothing',
      caughtBy: byNone,
      breakIt: (source) => {
        source.error = () => undefined as unknown as Error;
      },
    },
    {
      fault: 'gives an id without a secret',
      caughtBy: 'rejects for credentials of which one half is empty',
      breakIt: (source) => {
        source.isWhole = ({ clientId }) => clientId !== '';
      },
    },
    {
      fault: 'gives a secret without an id',
      caughtBy: 'rejects for credentials of which one half is empty',
      breakIt: (source) => {
        source.isWhole = ({ clientSecret }) => clientSecret !== '';
      },
    },
    {
      fault: 'reads for each caller while there are none',
      caughtBy: 'rejects for all who wait when there are no credentials, with one read',
      breakIt: (source) => {
        const shared = source.shared.bind(source);
        source.shared = () => (source.store.stored === undefined ? source.read() : shared());
      },
    },
    {
      fault: 'serves the old credentials when the store cannot answer',
      caughtBy: byFailing,
      breakIt: (source) => {
        const read = source.read.bind(source);
        let last: Awaited<ReturnType<typeof read>> | undefined;
        source.read = async () => {
          if (source.store.isBroken && last !== undefined) return last;
          return (last = await read());
        };
      },
    },
    {
      fault: 'shows the old secret in its error',
      caughtBy: byFailing,
      breakIt: (source) => {
        const read = source.read.bind(source);
        source.read = () =>
          read().catch(() => {
            throw Object.assign(new Error('no answer'), { last: { ...source.store.stored } });
          });
      },
    },
    {
      fault: 'leaves the read unhandled when its caller has left',
      caughtBy: 'leaves no rejection unhandled when the caller has left before the read fails',
      breakIt: (source) => {
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
  ];
}
