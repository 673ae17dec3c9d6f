import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ModelSecretStore } from '../../support/model-secret-store.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import { atMost, inTurn, joinedByName, lastGood } from '../habits.ts';

type Fields = Awaited<ReturnType<ModelSecretStore['read']>>;

/** Stores that are wrong when they are changed, given up, or cannot answer. */
export const brokenFailing: FaultsByCase<ModelSecretStore> = {
  'rejects, and never says "not there", when it cannot answer': {
    'rejects with an object': { error: () => (message) => ({ message }) as Error },
    'takes a failure for "not there"': {
      parse: (parse) => (answer) => (answer.status === 500 ? undefined : parse(answer)),
    },
    'shows its token in an error': {
      error: (_original, store) => (message) =>
        new Error(`${message} (authorization: Bearer ${store.token()})`),
    },
    'has its token in base64 in its errors': {
      error: (error, store) => (message) =>
        error(`${message}: ${Buffer.from(store.token()).toString('base64')}`),
    },
  },
  'rejects, and never says "not there", when the response makes no sense': {
    'gives its last value for a response that makes no sense': lastGoodAfterInvalidate,
    'takes a malformed answer for "not there"': {
      json: (json) => (body) => {
        try {
          return json(body);
        } catch {
          return {};
        }
      },
    },
  },
  'rejects within a time of its own when the back end is silent': {
    'has no deadline': { bounded: () => (work, signal) => untilAborted(work, signal) },
    'takes silence for "not there"': {
      get: (get) => (name, options) =>
        get(name, options).catch((error: unknown) => {
          if ((error as Error).message === 'No answer in time') return undefined;
          throw error;
        }),
    },
  },
  'rejects when it cannot answer, although it could before': {
    'reads again behind what it remembers': (store) => {
      const read = store.read.bind(store);
      remember(store, () => true);
      const remembered = store.read.bind(store);
      Object.assign(store, { invalidate: () => undefined });
      store.read = (name) => {
        read(name).catch(() => undefined);
        return remembered(name);
      };
    },
    'gives its last value while the back end is down': { read: lastGood },
    'gives its last value while the back end is down, after invalidate too': lastGoodAfterInvalidate,
  },
  'answers a read while many others get no response': {
    'reads ten at a time': { read: (read) => atMost(10, read) },
    'lets one read without a response hold up all others': { read: (read) => inTurn(read) },
    'reads one at a time, each up to its deadline': { get: (get) => inTurn(get) },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': {
      bounded: (bounded) => (work, signal) => bounded(untilAborted(work, signal), signal),
    },
  },
  "rejects with the signal's reason when that was aborted before": {
    'makes an error of a reason that is none': {
      get: (get) => (name, options) =>
        get(name, options).catch((error: unknown) => {
          throw error instanceof Error ? error : new Error(String(error));
        }),
    },
    'ignores the signal': { get: (get) => (name) => get(name) },
    'throws at a caller who has left, in place of a rejection': {
      get: (get) => (name, options) => {
        options?.signal?.throwIfAborted();
        return get(name, options);
      },
    },
  },
  "rejects with the signal's reason when that is aborted during the read, and harms no other read": {
    'looks at the signal only before the read': { bounded: (bounded) => (work) => bounded(work, undefined) },
    'rejects with an error of its own for a caller who left': {
      bounded: (bounded) => (work, signal) =>
        bounded(work, signal).catch((error: unknown) => {
          throw signal?.aborted === true ? new DOMException('aborted', 'AbortError') : error;
        }),
    },
    'ends the read of all when one caller leaves': {
      get: joinedByName,
    },
  },
  'lets nobody join a read that gets no response': {
    'shares a read without a response with those who come later': { read: joinedByName },
  },
  "rejects with the signal's reason when that is aborted while the back end is silent": {
    'looks at the signal when the back end has answered': {
      bounded: (bounded) => async (work, signal) => {
        const value = await bounded(work, undefined);
        signal?.throwIfAborted();
        return value;
      },
    },
  },
  'ends the connection of a caller who leaves while the back end is silent': {
    'leaves a connection open when its caller leaves': (store) => {
      const server = createServer().listen(0, '127.0.0.1');
      const sockets: Socket[] = [];
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      const read = store.read.bind(store);
      store.read = async (name) => {
        if (!server.listening) await once(server, 'listening');
        sockets.push(connect((server.address() as AddressInfo).port, '127.0.0.1'));
        return await read(name);
      };
    },
  },
  'asks its back end nothing for a caller who has left already': {
    'asks its back end for a caller who has left already': {
      get: (_original, store) => async (name, options) => {
        const work = store.read(name);
        work.catch(() => undefined);
        options?.signal?.throwIfAborted();
        return await store.bounded(work, options?.signal);
      },
    },
  },
  'gives the new value after a change and invalidate': {
    'remembers a secret for ever': (store) => {
      remember(store, (fields) => fields !== undefined);
    },
    'gives what it read before for what was removed': {
      read: (read) => {
        const last = new Map<string, Fields>();
        return async (name) => {
          const fields = (await read(name)) ?? last.get(name);
          last.set(name, fields);
          return fields;
        };
      },
    },
    'remembers "not there" for ever': (store) => {
      remember(store, (fields) => fields === undefined);
    },
    'remembers the response to a read from before invalidate': (store) => {
      const remembered = remember(store, () => true);
      Object.assign(store, {
        invalidate: () => {
          for (const [name, flight] of remembered) void flight.then(() => remembered.delete(name));
        },
      });
    },
  },
  'leaves no rejection unhandled when the caller has left before the read fails': {
    'leaves the read unhandled when its caller has left': {
      bounded: (bounded) => async (work, signal) => {
        if (signal === undefined) return await bounded(work, signal);
        await untilAborted(new Promise(() => undefined), signal);
        return await work;
      },
    },
  },
  'reads nothing by being invalidated': {
    'reads when it is invalidated': (store) => {
      Object.assign(store, { invalidate: () => void store.read('wanted') });
    },
  },
};

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

function lastGoodAfterInvalidate(store: ModelSecretStore): void {
  store.read = lastGood(store.read.bind(store));
  const remembered = remember(store, () => true);
  Object.assign(store, { invalidate: remembered.clear.bind(remembered) });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => {
    reject(signal.reason as Error);
  });
  return Promise.race([work, left]);
}
