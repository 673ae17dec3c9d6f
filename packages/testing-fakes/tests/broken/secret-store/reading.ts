import type { ModelSecretStore } from '../../support/model-secret-store.ts';
import type { BrokenSecretStore } from './broken-secret-store.ts';

const byName = 'takes a name as it is: capitals, spaces, signs and unicode';
const byValue = 'keeps a value as it is: spaces, signs, unicode, numbers and JSON';

/** Stores that read in a wrong way. */
export function brokenReading(): readonly BrokenSecretStore[] {
  return [
    {
      fault: 'puts a name into the path without encoding it',
      caughtBy: byName,
      breakIt: withPath((name) => name),
    },
    {
      fault: 'lower-cases a name',
      caughtBy: byName,
      breakIt: withPath((name) => encodeURIComponent(name.toLowerCase())),
    },
    {
      fault: 'encodes a name as a whole URL',
      caughtBy: byName,
      breakIt: withPath((name) => encodeURI(name)),
    },
    {
      fault: 'encodes a name twice',
      caughtBy: byName,
      breakIt: withPath((name) => encodeURIComponent(encodeURIComponent(name))),
    },
    {
      fault: 'takes out of a name what is no letter or digit',
      caughtBy: byName,
      breakIt: withPath((name) => name.replaceAll(/[^\w.-]/g, '_')),
    },
    { fault: 'trims a value', caughtBy: byValue, breakIt: withValue((value) => value.trim()) },
    {
      fault: 'takes the text "null" for nothing',
      caughtBy: byValue,
      breakIt: withValue((value) => (value === 'null' ? '' : value)),
    },
    {
      fault: 'makes a number of digits',
      caughtBy: byValue,
      breakIt: withValue((value) => (/^\d+$/.test(value) ? (Number(value) as unknown as string) : value)),
    },
    {
      fault: 'keeps ASCII alone',
      caughtBy: byValue,
      breakIt: withValue((value) => value.replaceAll(/[^\x20-\x7e]/g, '?')),
    },
    {
      fault: 'gives an empty object for a secret that is not there',
      caughtBy: 'gives undefined for a secret that is not there, however near another name is',
      breakIt: (store) => {
        const read = store.read.bind(store);
        store.read = async (name) => (await read(name)) ?? {};
      },
    },
    {
      fault: 'gives null for a secret that is not there',
      caughtBy: 'gives undefined for a secret that is not there, however near another name is',
      breakIt: (store) => {
        const read = store.read.bind(store);
        store.read = async (name) => (await read(name)) ?? (null as unknown as undefined);
      },
    },
    {
      fault: 'rejects for a secret that is not there',
      caughtBy: 'gives undefined for a secret that is not there, however near another name is',
      breakIt: (store) => {
        const read = store.read.bind(store);
        store.read = async (name) => {
          const fields = await read(name);
          if (fields === undefined) throw new Error('not found');
          return fields;
        };
      },
    },
    {
      fault: 'gives the first secret whose name begins so',
      caughtBy: 'gives undefined for a secret that is not there, however near another name is',
      breakIt: withPath((name, store) =>
        encodeURIComponent([...store.backEnd.secrets.keys()].find((key) => key.startsWith(name)) ?? name),
      ),
    },
    {
      fault: 'gives a field without a value',
      caughtBy: 'leaves out a field without a value, and keeps the others',
      breakIt: (store) => {
        store.fields = (all) => (Object.values(all).every((value) => value === '') ? undefined : all);
      },
    },
    {
      fault: 'drops a secret one of whose fields has no value',
      caughtBy: 'leaves out a field without a value, and keeps the others',
      breakIt: (store) => {
        store.fields = (all) => (Object.values(all).includes('') ? undefined : all);
      },
    },
    {
      fault: 'gives a secret that has no value',
      caughtBy: 'takes an empty value for one that is not there',
      breakIt: (store) => {
        store.fields = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
      },
    },
    {
      fault: 'gives what every object inherits',
      caughtBy: 'finds nothing under the names that every object inherits',
      breakIt: (store) => {
        const read = store.read.bind(store);
        const known: Record<string, Readonly<Record<string, string>>> = {};
        store.read = async (name) => known[name] ?? (await read(name));
      },
    },
    {
      fault: 'gives a second read the answer of the first',
      caughtBy: 'answers reads at the same time, each with its own secret',
      breakIt: (store) => {
        const read = store.read.bind(store);
        let flight: ReturnType<typeof read> | undefined;
        store.read = (name) =>
          (flight ??= read(name).finally(() => {
            flight = undefined;
          }));
      },
    },
    {
      fault: 'gives every caller the object that it remembers',
      caughtBy: 'gives the same again, whatever a caller did to what it got',
      breakIt: (store) => {
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
    {
      fault: 'keeps what it read in a public field',
      caughtBy: 'shows no secret when the store is inspected, printed or turned into JSON',
      breakIt: (store) => {
        const read = store.read.bind(store);
        store.read = async (name) => {
          const last = await read(name);
          Object.assign(store, { last });
          return last;
        };
      },
    },
    {
      fault: 'prints what it read for those who debug',
      caughtBy: 'prints no secret',
      breakIt: (store) => {
        const fields = store.fields.bind(store);
        store.fields = (all) => {
          console.debug('read', all);
          return fields(all);
        };
      },
    },
    {
      fault: 'keeps its token in a public field',
      caughtBy: 'shows no secret when the store is inspected, printed or turned into JSON',
      breakIt: (store) => {
        Object.assign(store, { options: { headers: { authorization: `Bearer ${store.token()}` } } });
      },
    },
  ];
}

function withPath(path: (name: string, store: ModelSecretStore) => string): BrokenSecretStore['breakIt'] {
  return (store) => {
    store.path = (name) => path(name, store);
  };
}

function withValue(change: (value: string) => string): BrokenSecretStore['breakIt'] {
  return (store) => {
    const fields = store.fields.bind(store);
    store.fields = (all) =>
      fields(Object.fromEntries(Object.entries(all).map(([key, value]) => [key, change(value)])));
  };
}
