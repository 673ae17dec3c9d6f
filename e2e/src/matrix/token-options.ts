import type { TemporalAuthOptions } from '@worker-auth/temporal-auth';
import { TokenManager, type TokenManagerOptions } from '@worker-auth/token-manager';
import type { Cell } from './cell.ts';
import { type Form, ownCredentials, type Server, withCredentials } from './sources.ts';
import { ownClock, ownFetch } from './own-ports.ts';

/** @throws Error unless the last token request had these form fields */
export function requested(cell: Cell, fields: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(fields)) {
    const sent = cell.requested.get(name);
    if (sent !== value) throw new Error(`${name} of the token request is ${sent}, not ${value}`);
  }
}

/** @throws Error unless the last token request authenticated so */
export function authenticatedBy(cell: Cell, method: string): void {
  const sent = cell.oauth.tokenRequests.at(-1)?.authentication?.method;
  if (sent !== method) throw new Error(`The client authenticated by ${sent}, not by ${method}`);
}

/** Credentials that are used so; the token endpoint is that of the cell where nothing else says it. */
export function withServer(cell: Cell, server: Server): TemporalAuthOptions {
  const isSaid = (server.tokenUrl ?? server.issuer ?? server.metadataUrl) !== undefined;
  return withCredentials(
    cell,
    isSaid ? server : { ...server, issuer: undefined, metadataUrl: undefined, tokenUrl: cell.oauth.tokenUrl },
  );
}

/** What goes to any other server goes to the cell's. `asked` has the addresses. */
export function redirectedFetch(cell: Cell, asked: string[] = []): NonNullable<TokenManagerOptions['fetch']> {
  return (url, init) => {
    asked.push(url);
    return fetch(cell.oauth.tokenUrl, init);
  };
}

function fieldForm(title: string, server: Server, fields: Readonly<Record<string, string>>): Form {
  return {
    title,
    options: (cell) => withServer(cell, server),
    arrives: (cell) => {
      requested(cell, fields);
    },
  };
}

function methodForm(title: string, server: Server, method: string): Form {
  return {
    title,
    options: (cell) => withServer(cell, server),
    arrives: (cell) => {
      authenticatedBy(cell, method);
    },
  };
}

function managerForm(title: string, make: (cell: Cell) => Partial<TokenManagerOptions>): Form {
  return {
    title: `tokens: new TokenManager(…) with ${title}`,
    isForDoctor: false,
    options: (cell) => {
      const { credentials, oauth } = cell;
      const tokens = cell.use(new TokenManager({ tokenUrl: oauth.tokenUrl, credentials, ...make(cell) }));
      return { ...cell.place, tokens };
    },
  };
}

/** How tokens are requested and refreshed. */
export const tokenForms: readonly Form[] = Object.freeze<Form[]>([
  { title: 'tokenUrl', options: (cell) => withServer(cell, { tokenUrl: cell.oauth.tokenUrl }) },
  {
    title: 'tokenUrl, a URL',
    options: (cell) => withServer(cell, { tokenUrl: new URL(cell.oauth.tokenUrl) }),
  },
  {
    title: 'issuer',
    servers: { oauth: { issuerPath: '/realms/apps' } },
    options: (cell) => withServer(cell, { issuer: cell.oauth.issuer }),
    arrives: (cell) => {
      authenticatedBy(cell, 'client_secret_basic');
    },
  },
  {
    title: 'method: client_secret_jwt',
    options: (cell) => withServer(cell, { issuer: cell.oauth.issuer, method: 'client_secret_jwt' }),
    arrives: (cell) => {
      authenticatedBy(cell, 'client_secret_jwt');
    },
  },
  methodForm('method: client_secret_post', { method: 'client_secret_post' }, 'client_secret_post'),
  methodForm('method: client_secret_basic', { method: 'client_secret_basic' }, 'client_secret_basic'),
  fieldForm('scope, a text', { scope: 'a b' }, { scope: 'a b' }),
  fieldForm('scope, a list', { scope: ['a', 'b'] }, { scope: 'a b' }),
  fieldForm('audience', { audience: 'urn:api' }, { audience: 'urn:api' }),
  fieldForm('resource', { resource: 'urn:one' }, { resource: 'urn:one' }),
  fieldForm('resource, a list', { resource: ['urn:one', 'urn:two'] }, { resource: 'urn:two' }),
  fieldForm('extraParams', { extraParams: { organization: 'o' } }, { organization: 'o' }),
  ...(['form', 'raw'] as const).map((basicEncoding) =>
    managerForm(`basicEncoding: ${basicEncoding}`, () => ({
      clientAuth: 'client_secret_basic',
      basicEncoding,
    })),
  ),
  managerForm('all times', () => ({
    ...{ timeoutMs: 4_000, attemptTimeoutMs: 30_000, credentialRereadMs: 4_000 },
    ...{ defaultLifetimeMs: 60_000, random: Math.random, clock: ownClock, metered: false },
    policy: { ratio: 0.5, minDelayMs: 1_000, maxDelayMs: 60_000 },
    backoff: {
      initialMs: 100,
      maxWithoutLeaseMs: 1_000,
      maxWithLeaseMs: 2_000,
      maxRetryAfterMs: 3_000,
      maxThrottledMs: 4_000,
    },
  })),
  managerForm('what is requested', () => ({
    ...{ scope: 'a', audience: 'urn:api', resource: 'urn:one', extraParams: { organization: 'o' } },
  })),
  managerForm('allowInsecureHttp and fetch', (cell) => ({
    ...{ tokenUrl: 'http://id.example/token', allowInsecureHttp: true, fetch: redirectedFetch(cell) },
  })),
  {
    title: 'clock and random, and a credential source of your own',
    options: (cell) => ({
      ...{ ...cell.application, credentials: ownCredentials(cell) },
      ...{ clock: ownClock, random: Math.random },
    }),
  },
  {
    title: 'fetch',
    options: (cell) => ({ ...withCredentials(cell), fetch: ownFetch }),
  },
  {
    title: 'allowInsecureHttp',
    options: (cell) => ({
      ...withServer(cell, { tokenUrl: 'http://id.example/token', allowInsecureHttp: true }),
      fetch: redirectedFetch(cell),
    }),
  },
]);
