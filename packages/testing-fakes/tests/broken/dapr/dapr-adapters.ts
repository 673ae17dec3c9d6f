import { afterTurns } from '../../../src/host-time.ts';
import type { ModelDaprAdapter } from '../../support/model-dapr-sidecar.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';

/** Adapters with one fault each, which the contract must notice. */
export const brokenDaprAdapters: FaultsByCase<(adapter: ModelDaprAdapter) => void> = {
  'says that a started sidecar is ready': {
    'is never ready': (adapter) => {
      adapter.isReady = () => Promise.resolve(false);
    },
  },
  'lists the components with name and type': {
    'lists no component': (adapter) => {
      adapter.getComponents = () => Promise.resolve([]);
    },
    'lists the first component alone': (adapter) => {
      const getComponents = adapter.getComponents.bind(adapter);
      adapter.getComponents = async (options) => (await getComponents(options)).slice(0, 1);
    },
  },
  "gives a variable of the sidecar's environment": {
    'has no environment': (adapter) => {
      const getSecret = adapter.getSecret.bind(adapter);
      adapter.getSecret = async (component, ...read) =>
        component.endsWith('env') ? undefined : await getSecret(component, ...read);
    },
  },
  'gives undefined for a variable that is not there, which Dapr answers with 200 and ""': {
    'gives a variable that is empty': (adapter) => {
      adapter.fields = (body) => body as Record<string, string>;
    },
  },
  'rejects, and never says "not there", for a component that is not there, whatever its name': {
    'takes the name of a component in any case': (adapter) => {
      const path = adapter.path.bind(adapter);
      adapter.path = (component, name) => path(component.toLowerCase(), name);
    },
  },
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
  'encodes a name with a slash, a plus, a percent sign, a space and unicode': {
    'puts a name into the path without encoding it': (adapter) => {
      adapter.path = (component, name) => `/v1.0/secrets/${component}/${name}`;
    },
    'cuts a name at its first slash': (adapter) => {
      const path = adapter.path.bind(adapter);
      adapter.path = (component, name) => path(component, name.split('/')[0] ?? '');
    },
    'encodes a name as a whole URL': (adapter) => {
      adapter.path = (component, name) => encodeURI(`/v1.0/secrets/${component}/${name}`);
    },
  },
  'gives undefined for a secret that is not there, which Dapr answers with 500': {
    'lower-cases a name': (adapter) => {
      const path = adapter.path.bind(adapter);
      adapter.path = (component, name) => path(component, name.toLowerCase());
    },
    'rejects for a secret that is not there': (adapter) => {
      adapter.saysMissing = () => false;
    },
    'gives an empty object for a secret that is not there': (adapter) => {
      const getSecret = adapter.getSecret.bind(adapter);
      adapter.getSecret = async (...read) => (await getSecret(...read)) ?? {};
    },
  },
  'gives undefined for a secret whose fields are all empty': {
    'gives a value that is empty': (adapter) => {
      adapter.fields = (body) => body as Record<string, string>;
    },
  },
  'gives all fields of a secret': {
    'gives the first field alone': (adapter) => {
      const fields = adapter.fields.bind(adapter);
      adapter.fields = (body) => fields(Object.fromEntries(Object.entries(body).slice(0, 1)));
    },
    'sends no token': (adapter) => {
      Object.defineProperty(adapter, 'ask', {
        value: () => Promise.resolve({ status: 401, text: 'invalid api token' }),
      });
    },
  },
  'rejects, and never says "not there", when the sidecar misbehaves: backEndFails': {
    'takes every 500 for "not there"': (adapter) => {
      adapter.saysMissing = ({ status }) => status === 500;
    },
  },
  'rejects with SECRET_STORE_COMPONENT_NOT_FOUND for an unknown component, which Dapr answers with 401': {
    'takes a component that is not there for a secret that is not there': (adapter) => {
      const saysMissing = adapter.saysMissing.bind(adapter);
      adapter.saysMissing = (answer) => saysMissing(answer) || answer.text.includes('NOT_FOUND');
    },
    'takes an unknown component for a wrong token': (adapter) => {
      adapter.codeOf = ({ status }) =>
        status === 401 ? 'SECRET_STORE_API_TOKEN_REJECTED' : 'SECRET_STORE_ACCESS_DENIED';
    },
  },
  "rejects with SECRET_STORE_ACCESS_DENIED for a secret that the sidecar's scopes deny": {
    'takes a denial for "not there"': (adapter) => {
      const saysMissing = adapter.saysMissing.bind(adapter);
      adapter.saysMissing = (answer) => saysMissing(answer) || answer.status === 403;
    },
  },
  'rejects with SECRET_STORE_API_TOKEN_REJECTED for a wrong token, and does not repeat it': {
    'repeats its token in an error': (adapter) => {
      const error = adapter.error.bind(adapter);
      adapter.error = (code, message) => error(code, `${message} (token ${adapter.apiToken})`);
    },
    'attaches its request, token included, to an error': (adapter) => {
      const error = adapter.error.bind(adapter);
      adapter.error = (code, message) =>
        Object.assign(error(code, message), { cause: { headers: { 'dapr-api-token': adapter.apiToken } } });
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
  'asks once, found or not': {
    'asks for its health before each read': (adapter) => {
      const getSecret = adapter.getSecret.bind(adapter);
      adapter.getSecret = async (component, name, options) => {
        await adapter.isReady(options);
        return await getSecret(component, name, options);
      };
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
  'prints no secret': {
    'prints what it reads for those who debug': (adapter) => {
      const object = adapter.object.bind(adapter);
      adapter.object = (answer) => {
        console.debug(answer.text);
        return object(answer);
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
  'answers reads at the same time, each with its own secret': {
    'gives a second read the response of the first': shared,
  },
};

function shared(adapter: ModelDaprAdapter): void {
  const getSecret = adapter.getSecret.bind(adapter);
  let flight: ReturnType<typeof getSecret> | undefined;
  adapter.getSecret = (...read) =>
    (flight ??= getSecret(...read).finally(() => {
      flight = undefined;
    }));
}

function errorOfItsOwn(adapter: ModelDaprAdapter): void {
  const ask = adapter.ask.bind(adapter);
  adapter.ask = (path, signal) =>
    ask(path, signal).catch(() => {
      throw adapter.error('UNREACHABLE', 'No answer of the sidecar');
    });
}

function oneAtATime(adapter: ModelDaprAdapter, pause: () => Promise<void>): void {
  const ask = adapter.ask.bind(adapter);
  let before: Promise<unknown> = Promise.resolve();
  adapter.ask = (path, signal) => {
    const mine = before.then(pause).then(() => ask(path, signal));
    before = mine.catch(() => undefined);
    return mine;
  };
}
