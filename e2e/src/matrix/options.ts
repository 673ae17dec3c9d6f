import {
  cached,
  chain,
  daprStore,
  discoverCredentials,
  environmentStore,
  memoryStore,
  type SecretStore,
} from '@worker-auth/secret-store';
import { applicationName, type Cell } from './cell.ts';
import { type Form, ownCredentials, withCredentials } from './sources.ts';
import { strictClock, strictFetch, strictSidecar, strictStore } from './strict-ports.ts';

const asked = { scope: ['a', 'b'], audience: 'urn:api', resource: 'urn:one', extraParams: { team: 'etl' } };

function ofStore(title: string, make: (cell: Cell) => SecretStore): Form {
  return {
    title,
    options: (cell) => ({
      ...cell.application,
      credentials: discoverCredentials({
        applicationName,
        env: {},
        order: ['environment', { name: 'own', store: make(cell) }],
      }),
    }),
  };
}

/** Options that are seen where a token is requested, and ports as a careful user implements them. */
export const optionForms: readonly Form[] = [
  {
    title: 'scope, audience, resource and extraParams',
    options: (cell) => withCredentials(cell, { tokenUrl: cell.oauth.tokenUrl, ...asked }),
    arrives: ({ oauth }: Cell): void => {
      const { scope, audience, resource, team } = Object.fromEntries(oauth.tokenRequests.at(-1)?.form ?? []);
      const sent = [scope, audience, resource, team].join();
      if (sent !== 'a b,urn:api,urn:one,etl') throw new Error(`The token request has ${sent}`);
    },
  },
  {
    title: 'clock, random, fetch and a credential source of your own',
    options: (cell) => ({
      ...cell.application,
      credentials: ownCredentials(cell),
      clock: strictClock,
      random: Math.random,
      fetch: strictFetch,
    }),
  },
  ofStore('cached(…) over chain(…) of stores of your own', ({ secret }) =>
    cached(chain([strictStore({}), memoryStore(), strictStore(secret)]), {
      ttlMs: 1_000,
      clock: strictClock,
    }),
  ),
  ofStore('environmentStore({ env, prefix })', ({ secret }) => {
    const variables = Object.entries(secret).map(([name, value]): [string, string] => [`APP_${name}`, value]);
    return environmentStore({ env: Object.fromEntries(variables), prefix: 'APP_' });
  }),
  ofStore('daprStore({ sidecar }) with a sidecar of your own', ({ secret }) =>
    daprStore({ env: {}, sidecar: strictSidecar({ ...secret }), clock: strictClock }),
  ),
];
