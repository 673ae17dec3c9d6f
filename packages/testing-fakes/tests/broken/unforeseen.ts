import { onTestFinished } from 'vitest';
import type { FaultsByCase } from '../support/broken-promises.ts';
import type { ModelCredentialSource } from '../support/model-credential-source.ts';
import type { ModelDaprAdapter } from '../support/model-dapr-sidecar.ts';
import type { ModelSecretStore } from '../support/model-secret-store.ts';
import type { ModelTokenSource } from '../support/model-token-source.ts';
import { late } from '../support/broken-promises.ts';

/*
 * Implementations that are broken in ways which the authors of the contracts had not thought of.
 */

const kept = 'keeps a value as it is: spaces, signs, unicode, numbers and JSON';
const slots = 8;

export const unforeseenStores: FaultsByCase<(store: ModelSecretStore) => void> = {
  [kept]: {
    'makes LF of CR and LF': withValues((value) => value.replaceAll('\r\n', '\n')),
    'strips a byte order mark': withValues((value) => value.replace(/^\uFEFF/, '')),
    'cuts a value at 4,096 characters': withValues((value) => value.slice(0, 4_096)),
  },
  'keeps each field, whatever its name': {
    'drops fields with a dot': withFields(([name]) => !name.includes('.')),
    'drops fields with a space': withFields(([name]) => !name.includes(' ')),
  },
  'answers after many reads that failed': {
    'loses a slot at each read that fails': withSlots((read, free) =>
      read.then((fields) => {
        free();
        return fields;
      }),
    ),
  },
  'answers after many reads whose callers have left': {
    'loses a slot at each read that is given up': (store) => {
      let free = slots;
      const get = store.get.bind(store);
      store.get = async (name, options) => {
        if (free === 0) return await new Promise(() => undefined);
        free--;
        const fields = await get(name, options).catch((error: unknown) => {
          if (options?.signal?.aborted !== true) free++;
          throw error;
        });
        free++;
        return fields;
      };
    },
  },
  'prints no secret': {
    'writes what it read to stderr': (store) => {
      const fields = store.fields.bind(store);
      store.fields = (all) => {
        process.stderr.write(`${JSON.stringify(all)}\n`);
        return fields(all);
      };
    },
    'warns with what it read': (store) => {
      const fields = store.fields.bind(store);
      store.fields = (all) => {
        process.emitWarning(JSON.stringify(all));
        return fields(all);
      };
    },
  },
};

export const unforeseenAdapters: FaultsByCase<(adapter: ModelDaprAdapter) => void> = {
  'lists the components with name and type': {
    'sorts the components': (adapter) => {
      const getComponents = adapter.getComponents.bind(adapter);
      adapter.getComponents = async (options) =>
        (await getComponents(options)).toSorted((one, other) => one.name.localeCompare(other.name));
    },
  },
  'waits for as long as its caller does': {
    'has a deadline of its own': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = (path, signal) => {
        const deadline = AbortSignal.timeout(1_000);
        return ask(path, signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
      };
    },
  },
  'asks once, found or not': {
    'sends the API token in the query': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = (path, signal) => ask(`${path}?token=${adapter.apiToken}`, signal);
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: redirect': {
    'follows a redirect with its token': (adapter) => {
      adapter.redirect = 'follow';
    },
  },
  'keeps the names of fields and the values as they are: ends of lines, marks, and however long': {
    'makes LF of CR and LF': withBody((value) => value.replaceAll('\r\n', '\n')),
    'cuts a value at 4,096 characters': withBody((value) => value.slice(0, 4_096)),
    'lower-cases the names of fields': withBody(undefined, (name) => name.toLowerCase()),
  },
};

export const unforeseenTokenSources: FaultsByCase<(source: ModelTokenSource) => void> = {
  'asks for nothing when it is peeked at after the end of its token': {
    'refreshes when it is peeked at after the end': (source) => {
      const [peek, hold] = [source.peek.bind(source), source.hold.bind(source)];
      let hadToken = false;
      source.hold = (token) => {
        hadToken = true;
        hold(token);
      };
      source.peek = () => {
        const token = peek();
        if (token === undefined && hadToken) void source.refresh().catch(() => undefined);
        return token;
      };
    },
  },
  'rejects for all who wait when the request fails, without a storm of requests': {
    'tries three times before it gives up': (source) => {
      const answer = source.endpoint.answer.bind(source.endpoint);
      source.endpoint.answer = () =>
        answer()
          .catch(() => answer())
          .catch(() => answer());
    },
  },
  'keeps no process alive': {
    'has an interval that keeps the process alive': (source) => {
      const request = source.request.bind(source);
      source.request = () => {
        clearedLater(setInterval(() => undefined, 60_000));
        return request();
      };
    },
  },
};

export const unforeseenCredentialSources: FaultsByCase<(source: ModelCredentialSource) => void> = {
  'prints no secret': {
    'warns with the secret': (source) => {
      const shown = source.shown.bind(source);
      source.shown = (stored) => {
        process.emitWarning(JSON.stringify(stored));
        return shown(stored);
      };
    },
  },
  'keeps no process alive': {
    'has an interval that keeps the process alive': (source) => {
      const shown = source.shown.bind(source);
      source.shown = (stored) => {
        clearedLater(setInterval(() => undefined, 60_000));
        return shown(stored);
      };
    },
  },
};

const alive = '1 of its timers keep the process alive: unref() them';

/** What the contracts say of them. */
export const unforeseenMessages: Readonly<Record<string, string>> = {
  'makes LF of CR and LF': 'The field "v5" of a value with CR and LF has another value',
  'strips a byte order mark':
    'The field "v6" of a value that begins with a byte order mark has another value',
  'cuts a value at 4,096 characters': 'The field "v7" of a value of 9,000 characters has another value',
  'drops fields with a dot':
    "The fields of the secret must be [ 'MixedCase', 'a/b', 'tls.crt', 'with space', 'ümläut-€' ], and is [ 'MixedCase', 'a/b', 'with space', 'ümläut-€' ]",
  'drops fields with a space':
    "The fields of the secret must be [ 'MixedCase', 'a/b', 'tls.crt', 'with space', 'ümläut-€' ], and is [ 'MixedCase', 'a/b', 'tls.crt', 'ümläut-€' ]",
  'loses a slot at each read that fails': late,
  'loses a slot at each read that is given up': late,
  'writes what it read to stderr': 'A secret was printed by process.stderr.write',
  'warns with what it read': 'A secret was printed by process.emitWarning',
  'sorts the components':
    "The order of the components must be [ 'contract-file', 'contract-env' ], and is [ 'contract-env', 'contract-file' ]",
  'has a deadline of its own': 'It gave up by itself within 2500 ms: leave deadlines to the signal',
  'sends the API token in the query':
    'The API token was sent in the URL: send it in the header dapr-api-token',
  'follows a redirect with its token': 'The number of requests for one read must be 1, and is 21',
  'refreshes when it is peeked at after the end':
    'The number of requests that peek set off must be 0, and is 1',
  'tries three times before it gives up':
    '3 requests for the callers of one round: give up after one, or two',
  'has an interval that keeps the process alive': alive,
  'warns with the secret': 'A secret was printed by process.emitWarning',
};

function withValues(change: (value: string) => string): (store: ModelSecretStore) => void {
  return (store) => {
    const fields = store.fields.bind(store);
    store.fields = (all) =>
      fields(Object.fromEntries(Object.entries(all).map(([name, value]) => [name, change(value)])));
  };
}

function withFields(isKept: (field: [string, string]) => boolean): (store: ModelSecretStore) => void {
  return (store) => {
    const fields = store.fields.bind(store);
    store.fields = (all) => fields(Object.fromEntries(Object.entries(all).filter(isKept)));
  };
}

type Read = ReturnType<ModelSecretStore['read']>;

function withSlots(release: (read: Read, free: () => void) => Read): (store: ModelSecretStore) => void {
  return (store) => {
    let free = slots;
    const read = store.read.bind(store);
    store.read = async (name) => {
      if (free === 0) return await new Promise(() => undefined);
      free--;
      return await release(read(name), () => free++);
    };
  };
}

function withBody(
  value: (value: string) => string = (text) => text,
  name: (name: string) => string = (text) => text,
): (adapter: ModelDaprAdapter) => void {
  return (adapter) => {
    const fields = adapter.fields.bind(adapter);
    adapter.fields = (body) =>
      fields(Object.fromEntries(Object.entries(body).map(([key, text]) => [name(key), value(String(text))])));
  };
}

function clearedLater(interval: NodeJS.Timeout): void {
  onTestFinished(() => {
    clearInterval(interval);
  });
}

/** What an adapter's own words are, where a store's are others. */
export const unforeseenAdapterMessages: Readonly<Record<string, string>> = {
  ...unforeseenMessages,
  'makes LF of CR and LF': 'The field "tls.crt" of the secret has another value',
  'cuts a value at 4,096 characters': 'The field "MixedCase" of the secret has another value',
  'lower-cases the names of fields':
    "The fields of the secret must be [ 'MixedCase', 'tls.crt', 'with space' ], and is [ 'mixedcase', 'tls.crt', 'with space' ]",
};
