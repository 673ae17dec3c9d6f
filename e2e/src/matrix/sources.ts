import {
  AtlanAuthClient,
  type ApplicationCredentialSource,
  type TemporalAuthOptions,
} from '@worker-auth/temporal-auth';
import { FakeTokenSource, InMemorySecretStore } from '@worker-auth/testing-fakes';
import { fileTokenSource, TokenManager } from '@worker-auth/token-manager';
import { type Cell, type Servers, without } from './cell.ts';
import { strictCredentialSource, strictTokenSource } from './strict-ports.ts';

/** Something that is tried at a door: a source, a store, a form of credentials, an option. */
export interface Form {
  readonly title: string;
  readonly servers?: Servers;
  /** Whether the workers' doors, which take longer, are tried with it too. Default false. */
  readonly isForWorkers?: boolean;
  /** Whether the doctor takes it too. Default true. */
  readonly isForDoctor?: boolean;
  /** What the door is given. */
  readonly options: (cell: Cell) => TemporalAuthOptions | Promise<TemporalAuthOptions>;
  /** What must have arrived elsewhere than at Temporal; throws when it did not. Called while the servers run. */
  readonly arrives?: (cell: Cell) => unknown;
}

/** A kind of source, which each door is tried with. */
export interface Source extends Form {
  readonly kind: 'credentials' | 'file' | 'tokens' | 'none';
}

const ofApplication = { kind: 'credentials' } as const;
const ofTokens = { kind: 'tokens' } as const;

/** @returns the same source, with what the cell is to expect of it */
export function giving<T extends { readonly given: readonly string[] }>(cell: Cell, source: T): T {
  cell.tokens = () => source.given;
  return source;
}

/** A source of the cell's credentials that keeps to its port. */
export function ownCredentials(cell: Cell): ApplicationCredentialSource {
  return strictCredentialSource(cell.credentials);
}

export function withCredentials(cell: Cell): TemporalAuthOptions {
  return { ...cell.application, ...cell.credentials };
}

/** A file with a token that the cell expects. */
export async function tokenFile(cell: Cell): Promise<string> {
  const token = cell.oauth.mintToken();
  cell.tokens = () => [token];
  return await cell.folder.write('token', token);
}

/** @throws Error unless the log, where there is one, says where the credentials came from */
function says({ log }: Cell, origin: string): void {
  if (log.entries.length > 0 && !log.text().includes(origin)) throw new Error(`The log says:\n${log.text()}`);
}

function asksNobody({ oauth, dapr }: Cell): void {
  const asked = [...oauth.requests, ...dapr.requests].map(({ path }) => path);
  if (asked.length > 0) throw new Error(`These were asked for: ${asked.join(', ')}`);
}

/** The kinds of source. */
export const sources: readonly Source[] = Object.freeze<Source[]>([
  { title: 'clientId and clientSecret', ...ofApplication, isForWorkers: true, options: withCredentials },
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
    title: 'credentials in a store of discovery.order',
    ...ofApplication,
    options: (cell) => {
      const store = new InMemorySecretStore({ 'atlan-deployment-secrets': cell.secret });
      return { ...cell.application, discovery: { order: [{ name: 'memory', store }] } };
    },
  },
  {
    title: 'a credential source of your own',
    ...ofApplication,
    isForWorkers: true,
    options: (cell) => ({ ...cell.application, credentials: ownCredentials(cell) }),
  },
  {
    title: 'tokenFile',
    ...{ kind: 'file', isForWorkers: true },
    options: async (cell) => {
      return { ...without(cell.application, 'authUrl'), tokenFile: await tokenFile(cell) };
    },
  },
  {
    title: 'tokens: new TokenManager(…)',
    ...ofTokens,
    isForWorkers: true,
    options: (cell) => {
      const { oauth, credentials, place } = cell;
      const tokens = cell.use(new TokenManager({ tokenUrl: oauth.tokenUrl, credentials }));
      return { ...place, tokens };
    },
  },
  {
    title: 'tokens: fileTokenSource(…)',
    ...ofTokens,
    options: async (cell) => ({
      ...cell.place,
      tokens: cell.use(fileTokenSource(await tokenFile(cell))),
    }),
  },
  {
    title: 'tokens: new AtlanAuthClient(…)',
    ...ofTokens,
    options: (cell) => {
      const { applicationName, authEnabled, authUrl, env, logger } = cell.application;
      const own = { applicationName, authEnabled, authUrl, env, logger };
      return { ...cell.place, tokens: cell.use(new AtlanAuthClient({ ...own, ...cell.credentials })) };
    },
  },
  {
    title: 'tokens: new FakeTokenSource(…)',
    ...ofTokens,
    options: (cell) => {
      const given: string[] = [];
      cell.tokens = () => given;
      const make = (number: number): string => {
        given.push(`fake-${number}`);
        return `fake-${number}`;
      };
      return { ...cell.place, tokens: new FakeTokenSource({ tokens: make }) };
    },
  },
  {
    title: 'a token source of your own',
    ...ofTokens,
    isForWorkers: true,
    options: (cell) => ({ ...cell.place, tokens: giving(cell, strictTokenSource()) }),
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
    title: 'no token: authEnabled: false',
    kind: 'none',
    options: (cell) => {
      cell.tokens = () => [];
      return { ...cell.application, authEnabled: false, env: cell.daprVariables };
    },
    arrives: asksNobody,
  },
  {
    title: 'the API key of a profile',
    ...{ kind: 'none' },
    options: (cell) => {
      cell.tokens = () => ['key-of-a-profile'];
      const env = {
        TEMPORAL_ADDRESS: cell.temporal.address,
        TEMPORAL_API_KEY: 'key-of-a-profile',
        TEMPORAL_TLS: 'false',
      };
      return { ...without(cell.application, 'host', 'port'), authEnabled: false, profile: true, env };
    },
  },
]);
