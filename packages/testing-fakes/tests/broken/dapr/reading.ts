import type { ModelDaprAdapter } from '../../support/model-dapr-sidecar.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';
import { joined, remembered } from '../habits.ts';

/** Adapters that read in a wrong way. */
export const brokenReading: FaultsByCase<ModelDaprAdapter> = {
  'says that a started sidecar is ready': {
    'is never ready': { isReady: () => () => Promise.resolve(false) },
  },
  'says that a sidecar is ready whose components are loaded, although its app is not': {
    'asks /healthz': {
      isReady: (_isReady, adapter) => async (options) =>
        (await adapter.ask('/v1.0/healthz', options?.signal)).status < 500,
    },
  },
  'lists the components with name and type, all of them and in order': {
    'lists secret stores alone': {
      getComponents: (getComponents) => async (options) =>
        (await getComponents(options)).filter(({ type }) => type.startsWith('secretstores.')),
    },
    'lists no component': { getComponents: () => () => Promise.resolve([]) },
    'reverses the components': {
      getComponents: (getComponents) => async (options) => (await getComponents(options)).toReversed(),
    },
    'sorts the components': {
      getComponents: (getComponents) => async (options) =>
        (await getComponents(options)).toSorted((one, other) => one.name.localeCompare(other.name)),
    },
  },
  "gives a variable of the sidecar's environment": {
    'has no environment': {
      getSecret: (getSecret) => async (component, name, options) =>
        component.endsWith('env') ? undefined : await getSecret(component, name, options),
    },
  },
  'gives undefined for a variable that is not there, which Dapr answers with 200 and ""': {
    'gives a variable that is empty': { fields: () => (body) => body as Record<string, string> },
  },
  'rejects, and never says "not there", for a component that is not there, whatever its name': {
    'takes the name of a component in any case': {
      path: (path) => (component, name) => path(component.toLowerCase(), name),
    },
  },
  'encodes a name with a slash, a plus, a percent sign, a space and unicode': {
    'makes a slash of a backslash': {
      path: (path) => (component, name) => path(component, name.replaceAll('\\', '/')),
    },
    'cuts a name at its first slash': {
      path: (path) => (component, name) => path(component, name.split('/')[0] ?? ''),
    },
    'encodes a name as a whole URL': {
      path: () => (component, name) => encodeURI(`/v1.0/secrets/${component}/${name}`),
    },
  },
  'gives undefined for a secret that is not there, which Dapr answers with 500': {
    'lower-cases a name': { path: (path) => (component, name) => path(component, name.toLowerCase()) },
    'rejects for a secret that is not there': { saysMissing: () => () => false },
    'gives an empty object for a secret that is not there': {
      getSecret: (getSecret) => async (component, name) => (await getSecret(component, name)) ?? {},
    },
  },
  'gives undefined when the sidecar answers 204': {
    'takes no content for no JSON': {
      saysMissing: (says) => (answer) => answer.status !== 204 && says(answer),
    },
  },
  'gives undefined for a secret whose fields are all empty': {
    'gives a value that is empty': { fields: () => (body) => body as Record<string, string> },
  },
  'gives all fields of a secret': {
    'gives the first field alone': {
      fields: (fields) => (body) => fields(Object.fromEntries(Object.entries(body).slice(0, 1))),
    },
    'sends no token': { ask: () => () => Promise.resolve({ status: 401, text: 'invalid api token' }) },
  },
  'rejects with SECRET_STORE_COMPONENT_NOT_FOUND for an unknown component, which Dapr answers with 401': {
    'takes a component that is not there for a secret that is not there': {
      saysMissing: (saysMissing) => (answer) => saysMissing(answer) || answer.text.includes('NOT_FOUND'),
    },
    'takes an unknown component for a wrong token': {
      codeOf: () => (answer) =>
        answer.status === 401 ? 'SECRET_STORE_API_TOKEN_REJECTED' : 'SECRET_STORE_ACCESS_DENIED',
    },
  },
  "rejects with SECRET_STORE_ACCESS_DENIED for a secret that the sidecar's scopes deny": {
    'takes a denial for "not there"': {
      saysMissing: (saysMissing) => (answer) => saysMissing(answer) || answer.status === 403,
    },
  },
  'rejects with SECRET_STORE_API_TOKEN_REJECTED for a wrong token, and asks once': {
    'prints a token that is rejected': printsToken,
    'asks once more where its token is rejected': {
      ask: (ask) => async (path, signal) => {
        const answer = await ask(path, signal);
        return answer.status === 401 ? await ask(path, signal) : answer;
      },
    },
    'repeats its token in an error': {
      error: (error, adapter) => (code, message) => error(code, `${message} (token ${adapter.apiToken})`),
    },
  },
  'asks once, found or not': {
    'remembers what it read': { getSecret: remembered },
    'asks for its health before each read': {
      getSecret: (getSecret, adapter) => async (component, name, options) => {
        await adapter.isReady(options);
        return await getSecret(component, name, options);
      },
    },
    'sends the API token in the query': {
      ask: (ask, adapter) => (path, signal) => ask(`${path}?token=${adapter.apiToken}`, signal),
    },
  },
  'prints no secret': {
    'prints its API token': printsToken,
    'prints what it reads for those who debug': {
      object: (object) => (answer) => {
        console.debug(answer.text);
        return object(answer);
      },
    },
  },
  'answers reads at the same time, each with its own secret': {
    'gives a second read the response of the first': { getSecret: joined },
  },
  'gives a secret of the component that was asked, and of no other': {
    'asks one component for all': { path: (path) => (_component, name) => path('contract-file', name) },
  },
  'shows no secret and no API token when it is inspected or turned into JSON': {
    'keeps its API token in a public field': (adapter) => {
      Object.assign(adapter, { headers: { token: adapter.apiToken } });
    },
  },
};

function printsToken(adapter: ModelDaprAdapter): void {
  const path = adapter.path.bind(adapter);
  adapter.path = (...names) => {
    console.debug('asks with', adapter.apiToken);
    return path(...names);
  };
}
