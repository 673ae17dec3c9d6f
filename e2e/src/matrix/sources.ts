import {
  AtlanAuthClient,
  type ApplicationCredentialSource,
  chain,
  clientSecret,
  type ClientSecretOptions,
  type Credentials,
  dapr,
  environment,
  type ServerOptions,
  type TemporalAuthOptions,
  tokenFile,
} from '@worker-auth/temporal-auth';
import { discoverCredentials } from '@worker-auth/secret-store';
import { FakeTokenSource, InMemorySecretStore } from '@worker-auth/testing-fakes';
import { fileTokenSource, TokenManager } from '@worker-auth/token-manager';
import { applicationName, type Cell, type Place, type Servers, without } from './cell.ts';
import { ownCredentialSource, ownTokenSource } from './own-ports.ts';

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
  return ownCredentialSource(cell.credentials);
}

/** What is requested, and how. */
export type Server = ServerOptions & Pick<ClientSecretOptions, 'method'>;

export function withCredentials(
  cell: Cell,
  server: Server = { tokenUrl: cell.oauth.tokenUrl },
): Place & { readonly credentials: Credentials } {
  const { clientId: id, clientSecret: secret } = cell.credentials;
  return { ...cell.place, credentials: clientSecret({ id, secret, ...server }) };
}

/** A file with a token that the cell expects. */
export async function writtenToken(cell: Cell): Promise<string> {
  const token = cell.oauth.mintToken();
  cell.tokens = () => [token];
  return await cell.folder.write('token', token);
}

/** The kinds of source. */
export const sources: readonly Source[] = Object.freeze<Source[]>([
  {
    title: 'clientSecret(…)',
    ...{ ...ofApplication, isForWorkers: true },
    options: (cell) => withCredentials(cell),
  },
  {
    title: 'dapr(…)',
    ...ofApplication,
    options: (cell) => ({
      ...{ ...cell.place, env: cell.daprVariables },
      credentials: dapr({ application: applicationName, tokenUrl: cell.oauth.tokenUrl }),
    }),
  },
  {
    title: 'chain(environment(), dapr(…))',
    ...ofApplication,
    options: (cell) => ({
      ...{ ...cell.application, env: { ...cell.application.env, ...cell.daprVariables } },
      credentials: chain(environment(), dapr({ application: applicationName })),
    }),
  },
  {
    title: 'credentials: discoverCredentials(…) with a store',
    ...ofApplication,
    options: (cell) => {
      const store = new InMemorySecretStore({ 'atlan-deployment-secrets': cell.secret });
      const order = [{ name: 'memory', store }];
      return { ...cell.application, credentials: discoverCredentials({ applicationName, env: {}, order }) };
    },
  },
  {
    title: 'a credential source of your own',
    ...ofApplication,
    isForWorkers: true,
    options: (cell) => ({ ...cell.application, credentials: ownCredentials(cell) }),
  },
  {
    title: 'tokens: tokenFile(…)',
    ...{ ...ofTokens, isForWorkers: true },
    options: async (cell) => ({ ...cell.place, tokens: tokenFile(await writtenToken(cell)) }),
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
      tokens: cell.use(fileTokenSource(await writtenToken(cell))),
    }),
  },
  {
    title: 'tokens: new AtlanAuthClient(…)',
    ...ofTokens,
    options: (cell) => {
      const { env, logger } = cell.place;
      const common = { applicationName, authEnabled: true, authUrl: cell.oauth.tokenUrl, env, logger };
      return { ...cell.place, tokens: cell.use(new AtlanAuthClient({ ...common, ...cell.credentials })) };
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
    options: (cell) => ({ ...cell.place, tokens: giving(cell, ownTokenSource()) }),
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
      return { ...without(cell.place, 'host', 'port'), profile: true, env };
    },
  },
]);
