import { writeSync } from 'node:fs';
import { type FaultsByCase, late } from '../support/broken-promises.ts';
import type { ModelDaprAdapter } from '../support/model-dapr-sidecar.ts';
import type { ModelSecretStore } from '../support/model-secret-store.ts';
import type { ModelTokenSource } from '../support/model-token-source.ts';

/*
 * Of 94 broken implementations by somebody who had read the promises alone: those that the contracts did not notice.
 */

type Fields = Readonly<Record<string, string>>;
interface HasFields {
  fields(all: Fields): Fields | undefined;
}
type Change = (name: string, value: string) => readonly [name: string, value: string] | undefined;

const kept = 'keeps a value as it is: spaces, signs, unicode, numbers and JSON';
const keptByName = 'keeps each field, whatever its name';
const ofDapr = 'keeps the names of fields and the values as they are: ends of lines, marks, and however long';

const valueFaults: Readonly<Record<string, Change>> = {
  'replaces variables in values': (name, value) => [name, value.replaceAll(/\$\{?\w+\}?/g, '')],
  'makes line breaks of backslashes with n': (name, value) => [name, value.replaceAll('\\n', '\n')],
  'takes white space for nothing': (name, value) => (value.trim() === '' ? undefined : [name, value]),
};
const inherited: Readonly<Record<string, Change>> = {
  'drops fields that every object has': (name, value) => (name in {} ? undefined : [name, value]),
};
const sidecarFaults: Readonly<Record<string, Change>> = {
  ...valueFaults,
  ...inherited,
  'makes numbers of values, and texts again': (name, value) => [
    name,
    /^\d+$/.test(value) ? `${Number(value)}` : value,
  ],
  'normalises unicode': (name, value) => [name, value.normalize('NFKC')],
  'decodes percent signs': (name, value) => [name, value.replaceAll('%20', ' ')],
};

export const strangersStores: FaultsByCase<(store: ModelSecretStore) => void> = {
  [kept]: changing(valueFaults),
  [keptByName]: {
    ...changing(inherited),
    'gives a hundred fields at most': (store) => {
      const fields = store.fields.bind(store);
      store.fields = (all) => fields(Object.fromEntries(Object.entries(all).slice(0, 100)));
    },
  },
  'takes a name as it is: capitals, spaces, signs and unicode': {
    'takes the last part of a path for the name': (store) => {
      const path = store.path.bind(store);
      store.path = (name) => path(name.split('/').at(-1) ?? name);
    },
  },
  'prints no secret': {
    'writes what it read to a descriptor': (store) => {
      const json = store.json.bind(store);
      store.json = (body) => {
        writeSync(2, `${body}\n`);
        return json(body);
      };
    },
  },
  'leaves no listener on the signal of a caller whose read failed': {
    'leaves its listener when it fails': (store) => {
      const get = store.get.bind(store);
      store.get = (name, options) =>
        get(name, options).catch((error: unknown) => {
          options?.signal?.addEventListener('abort', () => undefined);
          throw error;
        });
    },
  },
  'rejects, and never says "not there", when it cannot answer': {
    'has its token in base64 in its errors': (store) => {
      const error = store.error.bind(store);
      store.error = (message) => error(`${message}: ${Buffer.from(store.token()).toString('base64')}`);
    },
  },
  'prints no secret when it cannot answer': {
    'prints its token when it fails': (store) => {
      const error = store.error.bind(store);
      store.error = (message) => {
        console.debug(store.token());
        return error(message);
      };
    },
  },
  'rejects when the response makes no sense, although one before did': {
    'serves what it knows when the response makes no sense': (store) => {
      const known = new Map<string, Fields | undefined>();
      const read = store.read.bind(store);
      store.read = async (name) => {
        const fields = await read(name).catch(() => known.get(name));
        known.set(name, fields);
        return fields;
      };
    },
  },
};

export const strangersSources: FaultsByCase<(source: ModelTokenSource) => void> = {
  'waits for no subscriber': {
    'waits for what its subscribers return': (source) => {
      let called: Promise<unknown> = Promise.resolve();
      source.tell = (listener, token) => {
        called = Promise.allSettled([called, listener(token)]);
      };
      const refresh = source.refresh.bind(source);
      source.refresh = async () => {
        const token = await refresh();
        await called;
        return token;
      };
    },
  },
  'keeps a good token when a forced refresh fails': {
    'rejects with the last error while it has a token': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = async (options) => {
        if (source.rejection !== undefined) throw source.rejection;
        return await getToken(options);
      };
    },
  },
  'lets a caller leave while the request is not answered': {
    'begins another request when its first caller has left': (source) => {
      const getToken = source.getToken.bind(source);
      source.getToken = (options) =>
        getToken(options).catch((error: unknown) => {
          if (options?.signal?.aborted === true) source.flight = undefined;
          throw error;
        });
    },
  },
};

export const strangersAdapters: FaultsByCase<(adapter: ModelDaprAdapter) => void> = {
  [ofDapr]: changing(sidecarFaults),
  'says that a sidecar whose components are loading is not ready, and that it is when it is': {
    'remembers that it was ready': (adapter) => {
      let wasReady = false;
      const isReady = adapter.isReady.bind(adapter);
      adapter.isReady = async (options) => (wasReady ||= await isReady(options));
    },
    'remembers its components': (adapter) => {
      let known: ReturnType<ModelDaprAdapter['getComponents']> | undefined;
      const getComponents = adapter.getComponents.bind(adapter);
      adapter.getComponents = async (options) => await (known ??= getComponents(options));
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener where there is no such secret': (adapter) => {
      const getSecret = adapter.getSecret.bind(adapter);
      adapter.getSecret = async (component, name, options) => {
        const fields = await getSecret(component, name, options);
        if (fields === undefined) options?.signal?.addEventListener('abort', () => undefined);
        return fields;
      };
    },
  },
};

const ofVariable = 'a value with the name of a variable';
export const strangersMessages: Readonly<Record<string, string>> = {
  'replaces variables in values': `The field "v9" of ${ofVariable} has another value`,
  'makes line breaks of backslashes with n':
    'The field "v8" of a value with a backslash and an n has another value',
  'takes white space for nothing': 'a value of white space must be there, and is not',
  'drops fields that every object has': 'The field "constructor" of the secret is missing',
  'leaves its listener when it fails': 'After 3 calls that have ended, 3 listeners are left on their signal',
  'has its token in base64 in its errors': 'The error shows a secret',
  'gives a hundred fields at most': 'The field "field-94" of the secret is missing',
  'takes the last part of a path for the name': 'the secret "with/slash" must be there, and is not',
  'writes what it read to a descriptor': 'A secret was printed by fs.writeSync',
  'prints its token when it fails': 'A secret was printed by console.debug',
  'serves what it knows when the response makes no sense': 'It gave a value of before in place of an error',
  'waits for what its subscribers return': late,
  'rejects with the last error while it has a token': 'It threw or rejected: the endpoint fails',
  'begins another request when its first caller has left':
    'The number of requests for the caller who left and the next one must be 1, and is 2',
};
export const strangersAdapterMessages: Readonly<Record<string, string>> = {
  'replaces variables in values': `The field "${ofVariable}" of the secret has another value`,
  'makes line breaks of backslashes with n':
    'The field "a value with a backslash and an n" of the secret has another value',
  'takes white space for nothing': 'The field "a value of white space" of the secret is missing',
  'drops fields that every object has': 'The field "constructor" of the secret is missing',
  'makes numbers of values, and texts again': 'The field "a number" of the secret has another value',
  'normalises unicode': 'The field "a value with spaces, signs and unicode" of the secret has another value',
  'decodes percent signs':
    'The field "a value with spaces, signs and unicode" of the secret has another value',
  'remembers that it was ready': 'What isReady gives while components are loading must be false, and is true',
  'remembers its components': 'The number of components while they are loading must be 0, and is 2',
  'leaves its listener where there is no such secret':
    'After 3 calls that have ended, 3 listeners are left on their signal',
};

/** One that gives other fields, for each of these changes. */
function changing(
  changes: Readonly<Record<string, Change>>,
): Readonly<Record<string, (target: HasFields) => void>> {
  const broken = Object.entries(changes).map(([fault, change]) => {
    const breakIt = (target: HasFields): void => {
      const fields = target.fields.bind(target);
      target.fields = (all) =>
        fields(
          Object.fromEntries(
            Object.entries(all).flatMap((entry) => [change(...entry) ?? []].filter(isEntry)),
          ),
        );
    };
    return [fault, breakIt] as const;
  });
  return Object.fromEntries(broken);
}

function isEntry(entry: readonly string[]): entry is [string, string] {
  return entry.length === 2;
}
