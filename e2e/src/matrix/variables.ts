import { environment } from '@worker-auth/temporal-auth';
import { type Cell, without } from './cell.ts';
import { type Source, withCredentials, writtenToken } from './sources.ts';

const ofApplication = { kind: 'credentials' } as const;

/** @throws Error unless the log, where there is one, says where the credentials came from */
function says({ log }: Cell, origin: string): void {
  if (log.entries.length > 0 && !log.text().includes(origin)) throw new Error(`The log says:\n${log.text()}`);
}

function asksNobody({ oauth, dapr }: Cell): void {
  const asked = [...oauth.requests, ...dapr.requests].map(({ path }) => path);
  if (asked.length > 0) throw new Error(`These were asked for: ${asked.join(', ')}`);
}

/** The sources that the environment names, and none. */
export const variableSources: readonly Source[] = Object.freeze<Source[]>([
  {
    title: 'environment() with neutral variables',
    ...{ ...ofApplication, isForWorkers: true },
    arrives: (cell) => {
      says(cell, 'environment variables WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET');
    },
    options: (cell) => ({ logger: cell.log, env: cell.neutralVariables }),
  },
  {
    title: 'the variables of application-sdk 3',
    ...ofApplication,
    options: (cell) => ({
      logger: cell.log,
      env: {
        ATLAN_AUTH_ENABLED: 'true',
        ATLAN_AUTH_CLIENT_ID: cell.credentials.clientId,
        ATLAN_AUTH_CLIENT_SECRET: cell.credentials.clientSecret,
        ATLAN_AUTH_TOKEN_URL: cell.oauth.tokenUrl,
        ATLAN_TEMPORAL_HOST: cell.temporal.address,
      },
    }),
  },
  {
    title: 'credentials in environment variables',
    ...ofApplication,
    // A sidecar that has them too is not asked.
    arrives: (cell) => {
      says(
        cell,
        'environment variables ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret',
      );
      if (cell.dapr.requests.length > 0) throw new Error('The sidecar was asked');
    },
    options: (cell) => ({
      logger: cell.log,
      env: {
        ...{ ...cell.variables, ...cell.daprVariables },
        ATLAN_postgres_extraction_client_id: cell.credentials.clientId,
        ATLAN_postgres_extraction_client_secret: cell.credentials.clientSecret,
      },
    }),
  },
  {
    title: 'credentials in a Dapr component',
    ...ofApplication,
    isForWorkers: true,
    arrives: (cell) => {
      says(cell, 'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"');
    },
    options: (cell) => ({ logger: cell.log, env: { ...cell.variables, ...cell.daprVariables } }),
  },
  {
    title: 'WORKER_AUTH_TOKEN_FILE',
    ...{ kind: 'file', isForWorkers: true },
    options: async (cell) => ({
      ...{ ...cell.place, env: { WORKER_AUTH_TOKEN_FILE: await writtenToken(cell) } },
      credentials: environment(),
    }),
  },
  {
    title: 'no token: ATLAN_WORKFLOW_AUTH_ENABLED is not set',
    ...{ kind: 'none', isForWorkers: true },
    options: (cell) => {
      cell.tokens = () => [];
      const variables = without(cell.variables, 'ATLAN_WORKFLOW_AUTH_ENABLED');
      return { logger: cell.log, env: { ...variables, ...cell.daprVariables } };
    },
    arrives: asksNobody,
  },
  {
    title: 'no token: WORKER_AUTH_ENABLED=false',
    kind: 'none',
    options: (cell) => {
      cell.tokens = () => [];
      return { ...withCredentials(cell), env: { ...cell.daprVariables, WORKER_AUTH_ENABLED: 'false' } };
    },
    arrives: asksNobody,
  },
]);
