import { afterTurns } from '../../../src/host-time.ts';
import type { ModelDaprAdapter } from '../../support/model-dapr-sidecar.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import { inTurn } from '../waits.ts';

/** Adapters that are wrong when they are given up, or when the sidecar misbehaves. */
export const brokenFailing: FaultsByCase<(adapter: ModelDaprAdapter) => void> = {
  'answers again as soon as the sidecar does': {
    'asks a sidecar no more that it could not reach': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      let failed: ReturnType<typeof ask> | undefined;
      adapter.ask = (path, signal) => {
        const asked = failed ?? ask(path, signal);
        asked.catch(() => (failed = asked));
        return asked;
      };
    },
  },
  "rejects with the signal's reason when that is aborted while the sidecar is silent": {
    'takes a caller who left silence for a sidecar that is away': errorOfItsOwn,
    'looks at the signal when the response has come': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = async (path, signal) => {
        const answer = await ask(path, undefined);
        signal?.throwIfAborted();
        return answer;
      };
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: backEndFails': {
    'takes every 500 for "not there"': (adapter) => {
      adapter.saysMissing = ({ status }) => status === 500;
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: reset': {
    'gives errors with an empty code': (adapter) => {
      const error = adapter.error.bind(adapter);
      adapter.error = (_code, message) => error('', message);
    },
    'gives errors without a code': (adapter) => {
      adapter.error = (code, message) => new Error(`${code}: ${message}`);
    },
    'tries again by itself': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = (path, signal) => ask(path, signal).catch(() => ask(path, signal));
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: list': {
    'shows the response in an error': (adapter) => {
      const object = adapter.object.bind(adapter);
      adapter.object = (answer) => {
        try {
          return object(answer);
        } catch (error) {
          throw Object.assign(error as Error, { body: answer.text });
        }
      };
    },
    'takes a list for fields': (adapter) => {
      const object = adapter.object.bind(adapter);
      adapter.object = (answer) =>
        answer.text.startsWith('[') ? { ...(JSON.parse(answer.text) as object) } : object(answer);
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: html': {
    'takes a page of HTML for "not there"': (adapter) => {
      const json = adapter.json.bind(adapter);
      adapter.json = (text) => (text.startsWith('<') ? {} : json(text));
    },
    'gives no components when it cannot list them': (adapter) => {
      const getComponents = adapter.getComponents.bind(adapter);
      adapter.getComponents = (options) =>
        getComponents(options).catch((error: unknown) => {
          options?.signal?.throwIfAborted();
          if (error === undefined) throw error;
          return [];
        });
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: truncated': {
    'takes a response that broke off for "not there"': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = (path, signal) =>
        ask(path, signal).catch((error: unknown) => {
          if ((error as { code?: unknown }).code !== 'UNREACHABLE') throw error;
          return { status: 200, text: '{}' };
        });
    },
  },
  'says that a sidecar whose components are loading is not ready, and that it is when it is': {
    'remembers that components were loading': (adapter) => {
      const isReady = adapter.isReady.bind(adapter);
      let wasReady = true;
      adapter.isReady = async (options) => (wasReady &&= await isReady(options));
    },
    'is always ready': (adapter) => {
      const isReady = adapter.isReady.bind(adapter);
      adapter.isReady = async (options) => {
        await isReady(options);
        return true;
      };
    },
    'rejects while components are loading': (adapter) => {
      const isReady = adapter.isReady.bind(adapter);
      adapter.isReady = async (options) => {
        if (await isReady(options)) return true;
        throw adapter.error('NOT_READY', 'not ready');
      };
    },
  },
  "rejects with the signal's reason when that is aborted": {
    'ignores the signal': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = (path) => ask(path, undefined);
    },
  },
  "rejects with the signal's reason when that is aborted during the read, and harms no other read": {
    'looks at the signal only before the request': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = async (path, signal) => {
        signal?.throwIfAborted();
        return await ask(path, undefined);
      };
    },
    'takes a caller who left for a sidecar that is away': errorOfItsOwn,
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': (adapter) => {
      const ask = adapter.ask.bind(adapter);
      adapter.ask = (path, signal) => {
        signal?.addEventListener('abort', () => undefined);
        return ask(path, signal);
      };
    },
  },
  'answers a call while another one gets no response': {
    'asks for one thing at a time, after a while': (adapter) => {
      oneAtATime(adapter, async () => {
        await afterTurns(30);
      });
    },
    'asks for one thing at a time': (adapter) => {
      oneAtATime(adapter, () => Promise.resolve());
    },
  },
};

function errorOfItsOwn(adapter: ModelDaprAdapter): void {
  const ask = adapter.ask.bind(adapter);
  adapter.ask = (path, signal) =>
    ask(path, signal).catch(() => {
      throw adapter.error('UNREACHABLE', 'No answer of the sidecar');
    });
}

function oneAtATime(adapter: ModelDaprAdapter, pause: () => Promise<void>): void {
  adapter.ask = inTurn(adapter.ask.bind(adapter), pause);
}
