import type { ModelSecretStore } from '../../support/model-secret-store.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';

/** Stores that read in a wrong way. */
export const brokenReading: FaultsByCase<(store: ModelSecretStore) => void> = {
  'gives the fields of a secret that exists': {
    'gives nothing': (store) => {
      store.fields = () => undefined;
    },
    'gives the first field alone': (store) => {
      store.fields = (all) => Object.fromEntries(Object.entries(all).slice(0, 1));
    },
    'gives the first value for each field': (store) => {
      store.fields = (all) =>
        Object.fromEntries(Object.keys(all).map((key) => [key, Object.values(all)[0] ?? '']));
    },
    'takes a signal that is undefined for a signal': (store) => {
      const get = store.get.bind(store);
      store.get = (name, options) => {
        if (options !== undefined && 'signal' in options) (options.signal as AbortSignal).throwIfAborted();
        return get(name, options);
      };
    },
  },
  'takes a name as it is: capitals, spaces, signs and unicode': {
    'puts a name into the path without encoding it': withPath((name) => name),
    'lower-cases a name': withPath((name) => encodeURIComponent(name.toLowerCase())),
    'encodes a name as a whole URL': withPath((name) => encodeURI(name)),
    'encodes a name twice': withPath((name) => encodeURIComponent(encodeURIComponent(name))),
    'takes out of a name what is no letter or digit': withPath((name) => name.replaceAll(/[^\w.-]/g, '_')),
  },
  'keeps a value as it is: spaces, signs, unicode, numbers and JSON': {
    'trims a value': withValue((value) => value.trim()),
    'takes the text "null" for nothing': withValue((value) => (value === 'null' ? '' : value)),
    'makes a number of digits': withValue((value) =>
      /^\d+$/.test(value) ? (Number(value) as unknown as string) : value,
    ),
    'keeps ASCII alone': withValue((value) => value.replaceAll(/[^\x20-\x7e]/g, '?')),
  },
  'gives undefined for a secret that is not there, however near another name is': {
    'gives an empty object for a secret that is not there': (store) => {
      const read = store.read.bind(store);
      store.read = async (name) => (await read(name)) ?? {};
    },
    'gives null for a secret that is not there': (store) => {
      const read = store.read.bind(store);
      store.read = async (name) => (await read(name)) ?? (null as unknown as undefined);
    },
    'rejects for a secret that is not there': (store) => {
      const read = store.read.bind(store);
      store.read = async (name) => {
        const fields = await read(name);
        if (fields === undefined) throw new Error('not found');
        return fields;
      };
    },
    'gives the first secret whose name begins so': withPath((name, store) =>
      encodeURIComponent([...store.backEnd.secrets.keys()].find((key) => key.startsWith(name)) ?? name),
    ),
  },
  'leaves out a field without a value, and keeps the others': {
    'gives a field without a value': (store) => {
      store.fields = (all) => (Object.values(all).every((value) => value === '') ? undefined : all);
    },
    'drops a secret one of whose fields has no value': (store) => {
      store.fields = (all) => (Object.values(all).includes('') ? undefined : all);
    },
  },
  'takes an empty value for one that is not there': {
    'gives a secret that has no value': (store) => {
      store.fields = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    },
  },
  'finds nothing under the names that every object inherits': {
    'gives what every object inherits': (store) => {
      const read = store.read.bind(store);
      const known: Record<string, Readonly<Record<string, string>>> = {};
      store.read = async (name) => known[name] ?? (await read(name));
    },
  },
  'answers reads at the same time, each with its own secret': {
    'gives a second read the response of the first': (store) => {
      const read = store.read.bind(store);
      let flight: ReturnType<typeof read> | undefined;
      store.read = (name) =>
        (flight ??= read(name).finally(() => {
          flight = undefined;
        }));
    },
  },
  'gives the same again, whatever a caller did to what it got': {
    'gives every caller the object that it remembers': (store) => {
      const remembered = new Map<string, Readonly<Record<string, string>> | undefined>();
      const read = store.read.bind(store);
      Object.assign(store, {
        invalidate: () => {
          remembered.clear();
        },
      });
      store.read = async (name) => {
        const fields = remembered.get(name) ?? (await read(name));
        remembered.set(name, fields);
        return fields;
      };
    },
  },
  'shows no secret when the store is inspected, printed or turned into JSON': {
    'keeps what it read in a public field': (store) => {
      const read = store.read.bind(store);
      store.read = async (name) => {
        const last = await read(name);
        Object.assign(store, { last });
        return last;
      };
    },
    'keeps its token in a public field': (store) => {
      Object.assign(store, { options: { headers: { authorization: `Bearer ${store.token()}` } } });
    },
  },
  'prints no secret': {
    'prints what it read for those who debug': (store) => {
      const fields = store.fields.bind(store);
      store.fields = (all) => {
        console.debug('read', all);
        return fields(all);
      };
    },
  },
};

function withPath(
  path: (name: string, store: ModelSecretStore) => string,
): (store: ModelSecretStore) => void {
  return (store) => {
    store.path = (name) => path(name, store);
  };
}

function withValue(change: (value: string) => string): (store: ModelSecretStore) => void {
  return (store) => {
    const fields = store.fields.bind(store);
    store.fields = (all) =>
      fields(Object.fromEntries(Object.entries(all).map(([key, value]) => [key, change(value)])));
  };
}
