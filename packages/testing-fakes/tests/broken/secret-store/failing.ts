import type { ModelSecretStore } from '../../support/model-secret-store.ts';
import type { BrokenSecretStore } from './broken-secret-store.ts';

type Fields = Awaited<ReturnType<ModelSecretStore['read']>>;

const byBroken = 'rejects, and never says "not there", when it cannot answer';
const byMalformed = 'rejects, and never says "not there", when the answer makes no sense';
const byDuring =
  "rejects with the signal's reason when that is aborted during the read, and harms no other read";
const byBefore = "rejects with the signal's reason when that was aborted before";
const byStale = 'rejects when it cannot answer, although it could before';
const byInvalidate = 'gives the new value after a change and invalidate';

/** Stores that are wrong when they are changed, given up, or cannot answer. */
export function brokenFailing(): readonly BrokenSecretStore[] {
  return [
    {
      fault: 'takes a failure for "not there"',
      caughtBy: byBroken,
      breakIt: (store) => {
        const parse = store.parse.bind(store);
        store.parse = (answer) => (answer.status === 500 ? undefined : parse(answer));
      },
    },
    {
      fault: 'swallows every error',
      caughtBy: byBroken,
      breakIt: (store) => {
        const read = store.read.bind(store);
        store.read = (name) => read(name).catch(() => undefined);
      },
    },
    {
      fault: 'serves what it read before when it cannot answer',
      caughtBy: 'rejects, and never says "not there", when it cannot answer',
      breakIt: (store) => {
        const read = store.read.bind(store);
        store.read = (name) => read(name).catch(() => ({ first: 'of a default' }));
      },
    },
    {
      fault: 'shows its token in an error',
      caughtBy: byBroken,
      breakIt: (store) => {
        store.error = (message) => new Error(`${message} (authorization: Bearer ${store.token()})`);
      },
    },
    {
      fault: 'attaches the request, token included, to its error',
      caughtBy: byBroken,
      breakIt: (store) => {
        store.error = (message) => new Error(message, { cause: { headers: { token: store.token() } } });
      },
    },
    {
      fault: 'rejects with a text',
      caughtBy: byBroken,
      breakIt: (store) => {
        store.error = (message) => message as unknown as Error;
      },
    },
    {
      fault: 'takes a malformed answer for "not there"',
      caughtBy: byMalformed,
      breakIt: (store) => {
        const json = store.json.bind(store);
        store.json = (body) => {
          try {
            return json(body);
          } catch {
            return {};
          }
        };
      },
    },
    {
      fault: 'takes a malformed answer for the value',
      caughtBy: byMalformed,
      breakIt: (store) => {
        const json = store.json.bind(store);
        store.json = (body) => (body.startsWith('{') ? json(body) : { value: body });
      },
    },
    {
      fault: 'has no deadline',
      caughtBy: 'rejects within a time of its own when the back end is silent',
      breakIt: (store) => {
        store.bounded = (work, signal) => untilAborted(work, signal);
      },
    },
    {
      fault: 'takes silence for "not there"',
      caughtBy: 'rejects within a time of its own when the back end is silent',
      breakIt: (store) => {
        const get = store.get.bind(store);
        store.get = (name, options) =>
          get(name, options).catch((error: unknown) => {
            if ((error as Error).message === 'No answer in time') return undefined;
            throw error;
          });
      },
    },
    {
      fault: 'gives its last value while the back end is down',
      caughtBy: byStale,
      breakIt: (store) => {
        serveLast(store);
      },
    },
    {
      fault: 'gives its last value while the back end is down, until invalidate',
      caughtBy: byStale,
      breakIt: (store) => {
        const last = serveLast(store);
        Object.assign(store, {
          invalidate: () => {
            last.clear();
          },
        });
      },
    },
    {
      fault: 'lets one read without an answer hold up all others',
      caughtBy: 'answers a read while another one gets no answer',
      breakIt: (store) => {
        const read = store.read.bind(store);
        let before: Promise<unknown> = Promise.resolve();
        store.read = (name) => {
          const mine = before.then(() => read(name));
          before = mine.catch(() => undefined);
          return mine;
        };
      },
    },
    {
      fault: 'reads one at a time, each up to its deadline',
      caughtBy: 'answers a read while another one gets no answer',
      breakIt: (store) => {
        const get = store.get.bind(store);
        let before: Promise<unknown> = Promise.resolve();
        store.get = (name, options) => {
          const mine = before.then(() => get(name, options));
          before = mine.catch(() => undefined);
          return mine;
        };
      },
    },
    {
      fault: 'leaves its listener on the signal',
      caughtBy: 'leaves no listener on the signal of a caller who goes on',
      breakIt: (store) => {
        const bounded = store.bounded.bind(store);
        store.bounded = (work, signal) => bounded(untilAborted(work, signal), signal);
      },
    },
    {
      fault: 'ignores the signal',
      caughtBy: byBefore,
      breakIt: (store) => {
        const get = store.get.bind(store);
        store.get = (name) => get(name);
      },
    },
    {
      fault: 'throws at a caller who has left, in place of a rejection',
      caughtBy: byBefore,
      breakIt: (store) => {
        const get = store.get.bind(store);
        store.get = (name, options) => {
          options?.signal?.throwIfAborted();
          return get(name, options);
        };
      },
    },
    {
      fault: 'looks at the signal only before the read',
      caughtBy: byDuring,
      breakIt: (store) => {
        const bounded = store.bounded.bind(store);
        store.bounded = (work) => bounded(work, undefined);
      },
    },
    {
      fault: 'rejects with an error of its own for a caller who left',
      caughtBy: byDuring,
      breakIt: (store) => {
        const bounded = store.bounded.bind(store);
        store.bounded = (work, signal) =>
          bounded(work, signal).catch((error: unknown) => {
            throw signal?.aborted === true ? new DOMException('aborted', 'AbortError') : error;
          });
      },
    },
    {
      fault: 'gives "not there" to a caller who left',
      caughtBy: byDuring,
      breakIt: (store) => {
        const get = store.get.bind(store);
        store.get = (name, options) =>
          get(name, options).catch((error: unknown) => {
            if (options?.signal?.aborted === true && error === options.signal.reason) return undefined;
            throw error;
          });
      },
    },
    {
      fault: 'ends the read of all when one caller leaves',
      caughtBy: byDuring,
      breakIt: (store) => {
        const get = store.get.bind(store);
        const flights = new Map<string, Promise<Fields>>();
        store.get = (name, options) => {
          const flight = flights.get(name) ?? get(name, options);
          flights.set(name, flight);
          return flight.finally(() => flights.delete(name));
        };
      },
    },
    {
      fault: 'looks at the signal when the back end has answered',
      caughtBy: "rejects with the signal's reason when that is aborted while the back end is silent",
      breakIt: (store) => {
        const bounded = store.bounded.bind(store);
        store.bounded = (work, signal) =>
          bounded(work, undefined).then(
            (value) => {
              signal?.throwIfAborted();
              return value;
            },
            (error: unknown) => {
              throw error;
            },
          );
      },
    },
    {
      fault: 'asks its back end for a caller who has left already',
      caughtBy: 'asks its back end nothing for a caller who has left already',
      breakIt: (store) => {
        store.get = async (name, options) => {
          const work = store.read(name);
          work.catch(() => undefined);
          options?.signal?.throwIfAborted();
          return await store.bounded(work, options?.signal);
        };
      },
    },
    {
      fault: 'remembers a secret for ever',
      caughtBy: byInvalidate,
      breakIt: (store) => {
        remember(store, (fields) => fields !== undefined);
      },
    },
    {
      fault: 'remembers "not there" for ever',
      caughtBy: byInvalidate,
      breakIt: (store) => {
        remember(store, (fields) => fields === undefined);
      },
    },
    {
      fault: 'remembers the answer to a read from before invalidate',
      caughtBy: 'remembers no answer to a read from before invalidate',
      breakIt: (store) => {
        const remembered = remember(store, () => true);
        Object.assign(store, {
          invalidate: () => {
            for (const [name, flight] of remembered) void flight.then(() => remembered.delete(name));
          },
        });
      },
    },
    {
      fault: 'remembers an error',
      caughtBy: 'answers again as soon as its back end does',
      breakIt: (store) => {
        const read = store.read.bind(store);
        let failed: Promise<Fields> | undefined;
        store.read = (name) => {
          const flight = failed ?? read(name);
          flight.catch(() => (failed = flight));
          return flight;
        };
      },
    },
    {
      fault: 'leaves the read unhandled when its caller has left',
      caughtBy: 'leaves no rejection unhandled when the caller has left before the read fails',
      breakIt: (store) => {
        const bounded = store.bounded.bind(store);
        store.bounded = async (work, signal) => {
          if (signal === undefined) return await bounded(work, signal);
          await untilAborted(new Promise(() => undefined), signal);
          return await work;
        };
      },
    },
  ];
}

/** Serves what it read last in place of an error. */
function serveLast(store: ModelSecretStore): Map<string, Fields> {
  const read = store.read.bind(store);
  const last = new Map<string, Fields>();
  store.read = async (name) => {
    try {
      const fields = await read(name);
      last.set(name, fields);
      return fields;
    } catch (error) {
      if (!last.has(name)) throw error;
      return last.get(name);
    }
  };
  return last;
}

/** Remembers, for ever, what `isRemembered` says. */
function remember(
  store: ModelSecretStore,
  isRemembered: (fields: Fields) => boolean,
): Map<string, Promise<Fields>> {
  const read = store.read.bind(store);
  const remembered = new Map<string, Promise<Fields>>();
  store.read = async (name) => {
    const flight = remembered.get(name) ?? read(name);
    if (isRemembered(await flight)) remembered.set(name, flight);
    const fields = await flight;
    return fields && { ...fields };
  };
  return remembered;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => {
    reject(signal.reason as Error);
  });
  return Promise.race([work, left]);
}
