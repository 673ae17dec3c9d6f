import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilAborted } from '../../../src/fakes/until-aborted.ts';
import type { ModelDaprAdapter, ModelDaprAnswer } from '../../support/model-dapr-sidecar.ts';
import type { Change, FaultsByCase } from '../../support/broken-promises.ts';
import { atMost, changed, fieldFaults, first, firstFailure, inTurn, keepAlive } from '../habits.ts';

/** Adapters that are wrong when they are given up, or when the sidecar misbehaves. */
export const brokenFailing: FaultsByCase<ModelDaprAdapter> = {
  'answers again as soon as the sidecar does': {
    'asks a sidecar no more that it could not reach': { ask: firstFailure },
  },
  "rejects with the signal's reason when that is aborted while the sidecar is silent": {
    'makes an error of a reason that is none': {
      ask: (ask) => (path, signal) =>
        ask(path, signal).catch((error: unknown) => {
          throw error instanceof Error ? error : new Error(String(error));
        }),
    },
    'takes a caller who left silence for a sidecar that is away': {
      ask: (ask, adapter) => (path, signal) =>
        ask(path, signal).catch(() => {
          throw adapter.error('UNREACHABLE', 'No answer of the sidecar');
        }),
    },
    'looks at the signal when the response has come': {
      ask: (ask) => async (path, signal) => {
        const answer = await ask(path, undefined);
        signal?.throwIfAborted();
        return answer;
      },
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: backEndFails': {
    'takes every 500 for "not there"': { saysMissing: () => (answer) => answer.status === 500 },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: reset': {
    'is not ready when it is not reached': {
      isReady: (isReady) => (options) =>
        isReady(options).catch(() => {
          options?.signal?.throwIfAborted();
          return false;
        }),
    },
    'gives errors without a code': { error: () => (code, message) => new Error(`${code}: ${message}`) },
    'tries again by itself': {
      ask: (ask) => (path, signal) => ask(path, signal).catch(() => ask(path, signal)),
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: list': {
    'shows the response in an error': {
      object: (object) => (answer) => {
        try {
          return object(answer);
        } catch (error) {
          throw Object.assign(error as Error, { body: answer.text });
        }
      },
    },
    'takes a list for fields': {
      object: (object) => (answer) =>
        answer.text.startsWith('[') ? { ...(JSON.parse(answer.text) as object) } : object(answer),
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: html': {
    'prints a response that is no JSON': {
      json: (json) => (text) => {
        try {
          return json(text);
        } catch (error) {
          console.debug('no JSON', text);
          throw error;
        }
      },
    },
    'takes a page of HTML for "not there"': {
      json: (json) => (text) => (text.startsWith('<') ? {} : json(text)),
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: truncated': {
    'takes a response that broke off for "not there"': {
      ask: (ask) => (path, signal) =>
        ask(path, signal).catch((error: unknown) => {
          if ((error as { code?: unknown }).code !== 'UNREACHABLE') throw error;
          return { status: 200, text: '{}' };
        }),
    },
  },
  'says that a sidecar whose components are loading is not ready, and that it is when it is': {
    'remembers that components were loading': {
      isReady: (isReady) => {
        let wasReady = true;
        return async (options) => (wasReady &&= await isReady(options));
      },
    },
    'rejects while components are loading': {
      isReady: (isReady, adapter) => async (options) => {
        if (await isReady(options)) return true;
        throw adapter.error('NOT_READY', 'not ready');
      },
    },
    'remembers that it was ready': {
      isReady: (isReady) => {
        let wasReady = false;
        return async (options) => (wasReady ||= await isReady(options));
      },
    },
    'remembers its components': { getComponents: first },
  },
  "rejects with the signal's reason when that is aborted": {
    'ignores the signal': { ask: (ask) => (path) => ask(path, undefined) },
  },
  "rejects with the signal's reason when that is aborted during the read, and harms no other read": {
    'looks at the signal only before the request': {
      ask: (ask) => async (path, signal) => {
        signal?.throwIfAborted();
        return await ask(path, undefined);
      },
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': {
      ask: (ask) => (path, signal) => {
        signal?.addEventListener('abort', () => undefined);
        return ask(path, signal);
      },
    },
    'leaves its listener where there is no such secret': {
      getSecret: (getSecret) => async (component, name, options) => {
        const fields = await getSecret(component, name, options);
        if (fields === undefined) options?.signal?.addEventListener('abort', () => undefined);
        return fields;
      },
    },
  },
  'answers a call while many others get no response': {
    'makes five calls at a time': { ask: (ask) => atMost(5, ask) },
    'asks for one thing at a time': { ask: (ask) => inTurn(ask) },
  },
  'shows its API token neither in an error, nor during a call, nor in print': {
    'prints the headers of a request that failed': onFailure((headers) => {
      console.debug('failed', headers);
    }),
    'has the request in an error of the network': onFailure((headers, error) =>
      Object.assign(error, { config: { headers } }),
    ),
    'can be inspected during a call': {
      ask: (ask, adapter) => async (path, signal) => {
        const open = { headers: { 'dapr-api-token': adapter.apiToken } };
        Object.assign(adapter, { open });
        try {
          return await ask(path, signal);
        } finally {
          Object.assign(adapter, { open: undefined });
        }
      },
    },
  },
  'waits for as long as its caller does': {
    'has a deadline for a caller without a signal': {
      ask: (ask) => (path, signal) => ask(path, signal ?? AbortSignal.timeout(30_000)),
    },
    'has sockets with a time of their own': { ask: (_ask, adapter) => askBySocket(adapter, 20_000) },
    'sleeps by node:timers/promises for a deadline': {
      ask: (ask, adapter) => (path, signal) =>
        Promise.race([
          ask(path, signal),
          sleep(30_000, undefined, { ref: false }).then(() => {
            throw adapter.error('UNREACHABLE', 'No answer in time');
          }),
        ]),
    },
    'has a deadline of a minute': withDeadline(60_000),
    'has a deadline of its own': withDeadline(1_000),
  },
  'rejects, and never says "not there", when the sidecar misbehaves: redirect': {
    'follows a redirect with its token': (adapter) => {
      adapter.redirect = 'follow';
    },
  },
  'keeps the names of fields and the values as they are: ends of lines, marks, and however long': {
    'loses __proto__': changed((name, value) => (name === '__proto__' ? undefined : [name, value])),
    'cuts a line break off the end': changed((name, value) => [name, value.replace(/\n$/, '')]),
    'takes 16 KiB at most': {
      ask: (ask) => async (path, signal) => {
        const { status, text } = await ask(path, signal);
        return { status, text: text.slice(0, 16_384) };
      },
    },
    ...fieldFaults,
    'decodes percent signs': changed((name, value) => [name, value.replaceAll('%20', ' ')]),
    'lower-cases the names of fields': changed((name, value) => [name.toLowerCase(), value]),
  },
  'keeps no process alive, and leaves no rejection unhandled': {
    'leaves the request of a caller who has left': {
      ask: (ask) => (path, signal) => untilAborted(ask(path, undefined), signal),
    },
    'has an interval that keeps the process alive': { ask: keepAlive },
    'leaves a failed call unhandled': {
      ask: (ask) => (path, signal) => {
        const answer = ask(path, signal);
        void answer.then(() => undefined);
        return answer;
      },
    },
  },
  'leaves no listener on the signal of a caller whose call failed': {
    'leaves its listener when a call fails': {
      ask: (ask) => (path, signal) =>
        ask(path, signal).catch((error: unknown) => {
          signal?.addEventListener('abort', () => undefined);
          throw error;
        }),
    },
  },
};

/** Does something with the headers of a request without a response, and with its error. */
function onFailure(doWith: (headers: object, error: object) => unknown): Change<ModelDaprAdapter> {
  return {
    ask: (ask, adapter) => (path, signal) =>
      ask(path, signal).catch((error: unknown) => {
        doWith({ 'dapr-api-token': adapter.apiToken }, error as object);
        throw error;
      }),
  };
}

function withDeadline(deadlineMs: number): Change<ModelDaprAdapter> {
  return {
    ask: (ask) => (path, signal) => {
      const deadline = AbortSignal.timeout(deadlineMs);
      return ask(path, signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
    },
  };
}

/** Asks without `fetch`, by sockets that end when they are silent for so long. */
function askBySocket(adapter: ModelDaprAdapter, timeout: number): ModelDaprAdapter['ask'] {
  return (path, signal) =>
    new Promise<ModelDaprAnswer>((resolve, reject) => {
      const headers = { 'dapr-api-token': adapter.apiToken };
      const request = get(
        new URL(path, adapter.url),
        { headers, timeout, signal, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text });
          });
        },
      );
      request.on('timeout', () => request.destroy());
      request.on('error', () => {
        reject(
          signal?.aborted === true ? (signal.reason as Error) : adapter.error('UNREACHABLE', 'No answer'),
        );
      });
    });
}
