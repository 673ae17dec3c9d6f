import type { ModelSecretStore } from '../../support/model-secret-store.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import { changed, fieldFaults, firstFailure, joined, joinedByName, keepAlive } from '../habits.ts';

/** Stores that read in a wrong way. */
export const brokenReading: FaultsByCase<ModelSecretStore> = {
  'gives the fields of a secret that exists': {
    'writes into the options of its caller': {
      get: (get) => (name, options) => get(name, Object.assign(options ?? {}, { timeoutMs: 1_000 })),
    },
    'gives nothing': { fields: () => () => undefined },
    'gives the first field alone': {
      fields: () => (all) => Object.fromEntries(Object.entries(all).slice(0, 1)),
    },
    'takes a signal that is undefined for a signal': {
      get: (get) => (name, options) => {
        if (options !== undefined && 'signal' in options) (options.signal as AbortSignal).throwIfAborted();
        return get(name, options);
      },
    },
  },
  'takes a name as it is: capitals, spaces, signs and unicode': {
    'makes a slash of a backslash': { path: (path) => (name) => path(name.replaceAll('\\', '/')) },
    'takes the end of a name for a version': { path: (path) => (name) => path(name.replace(/:.*/, '')) },
    'puts a name into the path without encoding it': { path: () => (name) => name },
    'takes the last part of a path for the name': {
      path: (path) => (name) => path(name.split('/').at(-1) ?? name),
    },
    'remembers a secret by a name in lower case': rememberedBy((name) => name.toLowerCase()),
    'remembers a secret by a name in one form of unicode': rememberedBy((name) => name.normalize()),
  },
  'keeps a value as it is: spaces, signs, unicode, numbers, JSON, line breaks, and however long': {
    'decodes each piece of a body on its own': {
      json: (json) => (body) => {
        const bytes = Buffer.from(body);
        const pieces = [bytes.subarray(0, 65_536), bytes.subarray(65_536)];
        return json(pieces.map((piece) => piece.toString()).join(''));
      },
    },
    'cuts the last line break of a value': changed((name, value) => [name, value.replace(/\r?\n$/, '')]),
    'trims a value': changed((name, value) => [name, value.trim()]),
    'makes a number of digits': changed((name, value) => [
      name,
      /^\d+$/.test(value) ? `${Number(value)}` : value,
    ]),
    ...fieldFaults,
    'strips a byte order mark': changed((name, value) => [name, value.replace(/^\uFEFF/, '')]),
    'gives a second read the response of the first': { read: joined },
  },
  'gives undefined for a secret that is not there, however near another name is': {
    'remembers a secret by a name without white space': rememberedBy((name) => name.trim()),
    'trims a name': { path: (path) => (name) => path(name.trim()) },
    'gives an empty object for a secret that is not there': {
      read: (read) => async (name) => (await read(name)) ?? {},
    },
    'rejects for a secret that is not there': {
      read: (read) => async (name) => {
        const fields = await read(name);
        if (fields === undefined) throw new Error('not found');
        return fields;
      },
    },
    'gives the first secret whose name begins so': {
      path: (path, store) => (name) =>
        path([...store.backEnd.secrets.keys()].find((key) => key.startsWith(name)) ?? name),
    },
    'gives what every object inherits': {
      read: (read) => {
        const known: Record<string, Readonly<Record<string, string>>> = {};
        return async (name) => known[name] ?? (await read(name));
      },
    },
  },
  'leaves out a field without a value, and keeps the others': {
    'gives a field without a value': {
      fields: () => (all) => (Object.values(all).every((value) => value === '') ? undefined : all),
    },
    'drops a secret one of whose fields has no value': {
      fields: () => (all) => (Object.values(all).includes('') ? undefined : all),
    },
  },
  'takes an empty value for one that is not there': {
    'gives a secret that has no value': {
      fields: () => (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    },
  },
  'gives the same again, whatever a caller did to what it got': {
    'gives every caller the object that it remembers': rememberedBy((name) => name),
    'gives callers who come at the same time one object': { read: joinedByName },
  },
  'shows no secret when the store is inspected or turned into JSON': {
    'keeps what it read in a public field': {
      read: (read, store) => async (name) => {
        const last = await read(name);
        Object.assign(store, { last });
        return last;
      },
    },
    'keeps its token in a public field': (store) => {
      Object.assign(store, { options: { headers: { authorization: `Bearer ${store.token()}` } } });
    },
  },
  'prints no secret': {
    'prints what it read for those who debug': {
      fields: (fields) => (all) => {
        console.debug('read', all);
        return fields(all);
      },
    },
    'warns with what it read': {
      fields: (fields) => (all) => {
        process.emitWarning(JSON.stringify(all));
        return fields(all);
      },
    },
  },
  'keeps each field, whatever its name': {
    'loses __proto__': changed((name, value) => (name === '__proto__' ? undefined : [name, value])),
    'drops fields with a dot': changed((name, value) => (name.includes('.') ? undefined : [name, value])),
    'drops fields with a space': changed((name, value) => (name.includes(' ') ? undefined : [name, value])),
    'gives a hundred fields at most': {
      fields: (fields) => (all) => fields(Object.fromEntries(Object.entries(all).slice(0, 100))),
    },
  },
  'answers after many reads that failed': {
    'remembers an error': { read: firstFailure },
    'loses a slot at each read that fails': {
      read: (read) => losingSlots(read, ({ status }) => status === 'rejected'),
    },
  },
  'answers after many reads that found nothing, and after many whose callers have left': {
    'loses a slot at each read that finds nothing': {
      read: (read) => losingSlots(read, (end) => end.status === 'fulfilled' && end.value === undefined),
    },
    'loses a slot at each read that is given up': {
      get: (get) => losingSlots(get, (_end, _name, options) => options?.signal?.aborted === true),
    },
  },
  'leaves no listener on the signal of a caller whose read failed': {
    'leaves its listener when it fails': {
      get: (get) => (name, options) =>
        get(name, options).catch((error: unknown) => {
          options?.signal?.addEventListener('abort', () => undefined);
          throw error;
        }),
    },
  },
  'prints no secret when it cannot answer': {
    'prints its token when it fails': {
      error: (error, store) => (message) => {
        console.debug(store.token());
        return error(message);
      },
    },
  },
  'takes no name for the path of another secret': {
    'gives all secrets under an empty name': {
      read: (read, { backEnd }) => {
        const all = Object.fromEntries(
          [...backEnd.secrets.values()].flatMap((fields) => Object.entries(fields)),
        );
        return async (name) => (name === '' ? all : await read(name));
      },
    },
    'takes a name for a path': { path: () => (name) => new URL(name, 'http://host/').pathname.slice(1) },
  },
  'keeps no process alive': {
    'has an interval that keeps the process alive': { read: keepAlive },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'takes the onabort of its caller': {
      get: (get) => (name, options) => {
        if (options?.signal) options.signal.onabort = null;
        return get(name, options);
      },
    },
  },
};

/** A store that remembers secrets until `invalidate`, and gives every caller the same object. */
function rememberedBy(keyOf: (name: string) => string): (store: ModelSecretStore) => void {
  return (store) => {
    const known = new Map<string, Awaited<ReturnType<typeof store.read>>>();
    const read = store.read.bind(store);
    Object.assign(store, { invalidate: known.clear.bind(known) });
    store.read = async (name) => {
      const fields = known.get(keyOf(name)) ?? (await read(name));
      known.set(keyOf(name), fields);
      return fields;
    };
  };
}

/** A call without a slot never ends, and some calls give theirs not back. */
function losingSlots<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
  isLost: (end: PromiseSettledResult<R>, ...args: A) => boolean,
): (...args: A) => Promise<R> {
  let free = 8;
  return async (...args) => {
    if (free <= 0) return await new Promise(() => undefined);
    const given = call(...args);
    const [end] = await Promise.allSettled([given]);
    if (isLost(end, ...args)) free--;
    return await given;
  };
}
