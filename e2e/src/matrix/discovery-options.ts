import { DaprClient } from '@dapr/dapr';
import {
  cached,
  chain,
  daprStore,
  discoverCredentials,
  type DiscoverCredentialsOptions,
  environmentStore,
  folderStore,
  httpSidecar,
  memoryStore,
  type SecretStore,
} from '@worker-auth/secret-store';
import { daprClientSidecar } from '@worker-auth/secret-store/dapr-sdk';
import { SecretService, stateStoreConfigs } from '@worker-auth/secret-store/service';
import { applicationName, type Cell, without } from './cell.ts';
import { environment } from '@worker-auth/temporal-auth';
import type { Form } from './sources.ts';
import { ownClock, ownSidecar, ownStore } from './own-ports.ts';
import { clusterToken, federated } from './assertion-options.ts';
import { spiffeServer } from './assertion-servers.ts';
import { redirectedFetch } from './token-options.ts';

type Discovery = Omit<DiscoverCredentialsOptions, 'applicationName' | 'clientId' | 'clientSecret' | 'env'>;

function discovering(title: string, discovery: (cell: Cell) => Discovery | Promise<Discovery>): Form {
  return {
    title,
    options: async (cell) => {
      const options = { applicationName, env: {}, ...(await discovery(cell)) };
      return { ...cell.application, credentials: discoverCredentials(options) };
    },
  };
}

function ofStore(title: string, make: (cell: Cell) => SecretStore | Promise<SecretStore>): Form {
  return discovering(`discoverCredentials: order with ${title}`, async (cell) => ({
    order: ['environment', { name: 'own', store: await make(cell) }],
  }));
}

function ofVariables(title: string, make: (cell: Cell) => Readonly<Record<string, string>>): Form {
  return { title, options: (cell) => ({ logger: cell.log, env: { ...cell.variables, ...make(cell) } }) };
}

async function folderOf({ folder, secret }: Cell): Promise<string> {
  for (const [name, value] of Object.entries(secret)) await folder.write(name, `${value}\n`);
  return folder.path;
}

function endpoint({ dapr }: Cell) {
  return { endpoint: dapr.url, apiToken: 'sidecar-token' };
}

/** A client of Dapr's own SDK. */
function daprClient({ dapr }: Cell): DaprClient {
  const { hostname, port } = new URL(dapr.url);
  return new DaprClient({ daprHost: hostname, daprPort: port, daprApiToken: 'sidecar-token' });
}

/** How credentials are found. */
export const discoveryForms: readonly Form[] = Object.freeze<Form[]>([
  ofStore('memoryStore(…)', ({ secret }) => memoryStore({ 'atlan-deployment-secrets': secret })),
  ofStore('folderStore(…)', async (cell) => folderStore(await folderOf(cell))),
  ofStore('environmentStore({ env, prefix })', ({ secret }) => {
    const variables = Object.entries(secret).map(([name, value]) => [`APP_${name}`, value]);
    return environmentStore({ env: Object.fromEntries(variables) as Record<string, string>, prefix: 'APP_' });
  }),
  ofStore('a store of your own', ({ secret }) => ownStore(secret)),
  ofStore('chain(…) of stores', ({ secret }) => chain([ownStore({}), memoryStore(), ownStore(secret)])),
  ofStore('cached(…) over chain(…)', ({ secret }) =>
    cached(chain([ownStore({}), ownStore(secret)]), { ttlMs: 1_000, clock: ownClock }),
  ),
  ofStore('daprStore(…)', (cell) =>
    daprStore({
      ...{ ...endpoint(cell), env: {}, component: 'deployment-secret-store', clock: ownClock },
      ...{ startupTimeoutMs: 5_000, requestTimeoutMs: 4_000, onWaiting: () => undefined },
    }),
  ),
  ofStore('cached(…) over daprStore({ sidecar })', (cell) =>
    cached(daprStore({ env: {}, sidecar: ownSidecar({ ...cell.secret }) })),
  ),
  discovering('discoverCredentials with component, secretName, times and dapr', (cell) => ({
    ...{ order: ['environment', 'dapr'], component: 'deployment-secret-store', clock: ownClock },
    ...{ secretName: 'atlan-deployment-secrets', readTimeoutMs: 9_000 },
    dapr: {
      ...endpoint(cell),
      ...{ startupTimeoutMs: 5_000, requestTimeoutMs: 4_000, onWaiting: () => undefined },
    },
  })),
  discovering('discoverCredentials: dapr.sidecar: httpSidecar(…)', (cell) => ({
    dapr: { sidecar: httpSidecar({ env: {}, ...endpoint(cell) }) },
  })),
  discovering('discoverCredentials: dapr.sidecar: daprClientSidecar(…)', (cell) => ({
    dapr: { sidecar: daprClientSidecar(daprClient(cell)) },
  })),
  discovering('discoverCredentials: dapr.sidecar of your own', (cell) => ({
    dapr: { sidecar: ownSidecar({ ...cell.secret }) },
  })),
  {
    title: 'credentials: discoverCredentials(…)',
    options: (cell) => ({
      ...cell.application,
      credentials: discoverCredentials({ applicationName, env: cell.daprVariables }),
    }),
  },
  {
    title: 'credentials: discoverCredentials({ clientId, clientSecret })',
    options: (cell) => ({
      ...cell.application,
      credentials: discoverCredentials({ applicationName, ...cell.credentials, env: {} }),
    }),
  },
  {
    title: 'credentials of a SecretService',
    options: (cell) => {
      const store = daprStore({ env: cell.daprVariables });
      const configs = stateStoreConfigs({
        ...{ sidecar: store.sidecar, component: 'statestore', key: (guid) => `credential_${guid}` },
      });
      const service = new SecretService({
        ...{ store, credentialConfigs: configs, readTimeoutMs: 9_000, clock: ownClock },
      });
      const get = async ({ signal }: { readonly signal?: AbortSignal | undefined } = {}) => {
        await service.getCredentials('oauth', { signal }).catch(() => undefined);
        const component = 'deployment-secret-store';
        const secret = await service.getSecret({ secretKey: 'atlan-deployment-secrets', component, signal });
        const clientId = secret['postgres_extraction_client_id'] ?? '';
        return { clientId, clientSecret: secret['postgres_extraction_client_secret'] };
      };
      return {
        ...cell.application,
        credentials: {
          get,
          invalidate: () => {
            service.invalidate();
          },
        },
      };
    },
  },
  ofVariables('variables in upper case', ({ credentials: { clientId, clientSecret } }) => ({
    ATLAN_POSTGRES_EXTRACTION_CLIENT_ID: clientId,
    ATLAN_POSTGRES_EXTRACTION_CLIENT_SECRET: clientSecret,
  })),
  ofVariables('variables of a sidecar with a port, component and secret', ({ dapr }) => ({
    ...{ DAPR_HTTP_PORT: new URL(dapr.url).port, DAPR_API_TOKEN: 'sidecar-token' },
    ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secret-store',
    ATLAN_DEPLOYMENT_SECRET_NAME: 'atlan-deployment-secrets',
  })),
  {
    title: 'variables of an assertion in a file',
    servers: federated,
    options: async (cell) => ({
      logger: cell.log,
      env: {
        ...cell.variables,
        ATLAN_postgres_extraction_client_id: 'worker',
        ATLAN_postgres_extraction_client_assertion_file: await cell.folder.write('assertion', clusterToken()),
      },
    }),
  },
  {
    title: 'variables of a SPIFFE JWT-SVID in a file',
    options: async (cell) => {
      return {
        logger: cell.log,
        env: {
          ...cell.variables,
          ATLAN_WORKFLOW_AUTH_URL: await spiffeServer(cell),
          ATLAN_postgres_extraction_client_id: 'worker',
          ATLAN_postgres_extraction_client_assertion_file: await cell.folder.write('svid', clusterToken()),
          ATLAN_postgres_extraction_client_assertion_type: 'jwt-spiffe',
        },
      };
    },
  },
  {
    title: 'variables of an Azure workload identity',
    servers: federated,
    options: async (cell) => {
      return {
        ...{ logger: cell.log, fetch: redirectedFetch(cell) },
        credentials: environment({ scope: 'api://temporal/.default' }),
        env: {
          ...without(cell.variables, 'ATLAN_WORKFLOW_AUTH_URL'),
          ...{ AZURE_CLIENT_ID: 'worker', AZURE_TENANT_ID: 'contoso.example' },
          AZURE_FEDERATED_TOKEN_FILE: await cell.folder.write('azure', clusterToken()),
        },
      };
    },
  },
]);
