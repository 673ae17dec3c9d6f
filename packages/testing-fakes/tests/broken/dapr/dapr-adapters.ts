import type { ModelDaprAdapter } from '../../support/model-dapr-sidecar.ts';

interface BrokenDaprAdapter {
  /** What is wrong, and nothing else is. */
  readonly fault: string;
  /** The beginning of the name of a case that must notice it. */
  readonly caughtBy: string;
  readonly breakIt: (adapter: ModelDaprAdapter) => void;
}

const byName = 'encodes a name with a slash';
const byMissing = 'gives undefined for a secret that is not there';
const byMisbehaviour = 'rejects, and never says "not there", when the sidecar misbehaves: ';
const byBefore = "rejects with the signal's reason when that is aborted";
const byDuring = "rejects with the signal's reason when that is aborted during";
const byToken = 'rejects with SECRET_STORE_API_TOKEN_REJECTED';
const byReady = 'says that a sidecar whose components are loading is not ready';

/** Adapters with one fault each, which the contract must notice. */
export function brokenDaprAdapters(): readonly BrokenDaprAdapter[] {
  return [
    {
      fault: 'puts a name into the path without encoding it',
      caughtBy: byName,
      breakIt: (adapter) => {
        adapter.path = (component, name) => `/v1.0/secrets/${component}/${name}`;
      },
    },
    {
      fault: 'encodes a name as a whole URL',
      caughtBy: byName,
      breakIt: (adapter) => {
        adapter.path = (component, name) => encodeURI(`/v1.0/secrets/${component}/${name}`);
      },
    },
    {
      fault: 'lower-cases a name',
      caughtBy: byMissing,
      breakIt: (adapter) => {
        const path = adapter.path.bind(adapter);
        adapter.path = (component, name) => path(component, name.toLowerCase());
      },
    },
    {
      fault: 'rejects for a secret that is not there',
      caughtBy: byMissing,
      breakIt: (adapter) => {
        adapter.saysMissing = () => false;
      },
    },
    {
      fault: 'gives an empty object for a secret that is not there',
      caughtBy: byMissing,
      breakIt: (adapter) => {
        const getSecret = adapter.getSecret.bind(adapter);
        adapter.getSecret = async (...read) => (await getSecret(...read)) ?? {};
      },
    },
    {
      fault: 'gives a value that is empty',
      caughtBy: 'gives undefined for a secret whose fields are all empty',
      breakIt: (adapter) => {
        adapter.fields = (body) => body as Record<string, string>;
      },
    },
    {
      fault: 'gives the first field alone',
      caughtBy: 'gives all fields of a secret',
      breakIt: (adapter) => {
        const fields = adapter.fields.bind(adapter);
        adapter.fields = (body) => fields(Object.fromEntries(Object.entries(body).slice(0, 1)));
      },
    },
    {
      fault: 'takes every 500 for "not there"',
      caughtBy: `${byMisbehaviour}backEndFails`,
      breakIt: (adapter) => {
        adapter.saysMissing = ({ status }) => status === 500;
      },
    },
    {
      fault: 'takes a component that is not there for a secret that is not there',
      caughtBy: 'rejects with SECRET_STORE_COMPONENT_NOT_FOUND',
      breakIt: (adapter) => {
        const saysMissing = adapter.saysMissing.bind(adapter);
        adapter.saysMissing = (answer) => saysMissing(answer) || answer.text.includes('NOT_FOUND');
      },
    },
    {
      fault: 'takes an unknown component for a wrong token',
      caughtBy: 'rejects with SECRET_STORE_COMPONENT_NOT_FOUND',
      breakIt: (adapter) => {
        adapter.codeOf = ({ status }) =>
          status === 401 ? 'SECRET_STORE_API_TOKEN_REJECTED' : 'SECRET_STORE_ACCESS_DENIED';
      },
    },
    {
      fault: 'takes a denial for "not there"',
      caughtBy: 'rejects with SECRET_STORE_ACCESS_DENIED',
      breakIt: (adapter) => {
        const saysMissing = adapter.saysMissing.bind(adapter);
        adapter.saysMissing = (answer) => saysMissing(answer) || answer.status === 403;
      },
    },
    {
      fault: 'sends no token',
      caughtBy: 'gives all fields of a secret',
      breakIt: (adapter) => {
        Object.defineProperty(adapter, 'ask', {
          value: () => Promise.resolve({ status: 401, text: 'invalid api token' }),
        });
      },
    },
    {
      fault: 'repeats its token in an error',
      caughtBy: byToken,
      breakIt: (adapter) => {
        const error = adapter.error.bind(adapter);
        adapter.error = (code, message) => error(code, `${message} (token ${adapter.apiToken})`);
      },
    },
    {
      fault: 'attaches its request, token included, to an error',
      caughtBy: byToken,
      breakIt: (adapter) => {
        const error = adapter.error.bind(adapter);
        adapter.error = (code, message) =>
          Object.assign(error(code, message), { cause: { headers: { 'dapr-api-token': adapter.apiToken } } });
      },
    },
    {
      fault: 'gives errors without a code',
      caughtBy: `${byMisbehaviour}reset`,
      breakIt: (adapter) => {
        adapter.error = (code, message) => new Error(`${code}: ${message}`);
      },
    },
    {
      fault: 'shows the answer in an error',
      caughtBy: `${byMisbehaviour}list`,
      breakIt: (adapter) => {
        const object = adapter.object.bind(adapter);
        adapter.object = (answer) => {
          try {
            return object(answer);
          } catch (error) {
            throw Object.assign(error as Error, { body: answer.text });
          }
        };
      },
    },
    {
      fault: 'takes a page of HTML for "not there"',
      caughtBy: `${byMisbehaviour}html`,
      breakIt: (adapter) => {
        const json = adapter.json.bind(adapter);
        adapter.json = (text) => (text.startsWith('<') ? {} : json(text));
      },
    },
    {
      fault: 'takes a list for fields',
      caughtBy: `${byMisbehaviour}list`,
      breakIt: (adapter) => {
        const object = adapter.object.bind(adapter);
        adapter.object = (answer) =>
          answer.text.startsWith('[') ? { ...(JSON.parse(answer.text) as object) } : object(answer);
      },
    },
    {
      fault: 'takes an answer that broke off for "not there"',
      caughtBy: `${byMisbehaviour}truncated`,
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        adapter.ask = (path, signal) =>
          ask(path, signal).catch((error: unknown) => {
            if ((error as { code?: unknown }).code !== 'UNREACHABLE') throw error;
            return { status: 200, text: '{}' };
          });
      },
    },
    {
      fault: 'gives no components when it cannot list them',
      caughtBy: `${byMisbehaviour}html`,
      breakIt: (adapter) => {
        const getComponents = adapter.getComponents.bind(adapter);
        adapter.getComponents = (options) =>
          getComponents(options).catch((error: unknown) => {
            options?.signal?.throwIfAborted();
            if (error === undefined) throw error;
            return [];
          });
      },
    },
    {
      fault: 'tries again by itself',
      caughtBy: `${byMisbehaviour}reset`,
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        adapter.ask = (path, signal) => ask(path, signal).catch(() => ask(path, signal));
      },
    },
    {
      fault: 'asks for its health before each read',
      caughtBy: 'asks once, found or not',
      breakIt: (adapter) => {
        const getSecret = adapter.getSecret.bind(adapter);
        adapter.getSecret = async (component, name, options) => {
          await adapter.isReady(options);
          return await getSecret(component, name, options);
        };
      },
    },
    {
      fault: 'is always ready',
      caughtBy: byReady,
      breakIt: (adapter) => {
        const isReady = adapter.isReady.bind(adapter);
        adapter.isReady = async (options) => {
          await isReady(options);
          return true;
        };
      },
    },
    {
      fault: 'rejects while components are loading',
      caughtBy: byReady,
      breakIt: (adapter) => {
        const isReady = adapter.isReady.bind(adapter);
        adapter.isReady = async (options) => {
          if (await isReady(options)) return true;
          throw adapter.error('NOT_READY', 'not ready');
        };
      },
    },
    {
      fault: 'ignores the signal',
      caughtBy: byBefore,
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        adapter.ask = (path) => ask(path, undefined);
      },
    },
    {
      fault: 'looks at the signal only before the request',
      caughtBy: byDuring,
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        adapter.ask = async (path, signal) => {
          signal?.throwIfAborted();
          return await ask(path, undefined);
        };
      },
    },
    {
      fault: 'takes a caller who left for a sidecar that is away',
      caughtBy: byDuring,
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        adapter.ask = (path, signal) =>
          ask(path, signal).catch(() => {
            throw adapter.error('UNREACHABLE', 'No answer of the sidecar');
          });
      },
    },
    {
      fault: 'leaves its listener on the signal',
      caughtBy: 'leaves no listener on the signal of a caller who goes on',
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        adapter.ask = (path, signal) => {
          signal?.addEventListener('abort', () => undefined);
          return ask(path, signal);
        };
      },
    },
    {
      fault: 'prints what it reads for those who debug',
      caughtBy: 'prints no secret',
      breakIt: (adapter) => {
        const object = adapter.object.bind(adapter);
        adapter.object = (answer) => {
          console.debug(answer.text);
          return object(answer);
        };
      },
    },
    {
      fault: 'asks for one thing at a time',
      caughtBy: 'answers a call while another one gets no answer',
      breakIt: (adapter) => {
        const ask = adapter.ask.bind(adapter);
        let before: Promise<unknown> = Promise.resolve();
        adapter.ask = (path, signal) => {
          const mine = before.then(() => ask(path, signal));
          before = mine.catch(() => undefined);
          return mine;
        };
      },
    },
    {
      fault: 'gives a second read the answer of the first',
      caughtBy: 'answers reads at the same time, each with its own secret',
      breakIt: shared,
    },
  ];
}

function shared(adapter: ModelDaprAdapter): void {
  const getSecret = adapter.getSecret.bind(adapter);
  let flight: ReturnType<typeof getSecret> | undefined;
  adapter.getSecret = (...read) =>
    (flight ??= getSecret(...read).finally(() => {
      flight = undefined;
    }));
}
