import type { TemporalAuthOptions } from '@worker-auth/temporal-auth';
import type { TokenManagerOptions } from '@worker-auth/token-manager';
import type { Cell } from './cell.ts';
import { type Form, ownCredentials, withCredentials } from './sources.ts';
import { strictClock, strictFetch } from './strict-ports.ts';

export type TokenOptions = NonNullable<TemporalAuthOptions['token']>;

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

/** An application with credentials, and this `token`; where that says where tokens come from, without `authUrl`. */
export function withToken(cell: Cell, token: TokenOptions): TemporalAuthOptions {
  const { authUrl, ...options } = withCredentials(cell);
  const isSaid = token.tokenUrl !== undefined || token.issuer !== undefined;
  return { ...options, ...(!isSaid && { authUrl }), token };
}

/** What goes to any other server goes to the cell's. `asked` has the addresses. */
export function redirectedFetch(cell: Cell, asked: string[] = []): NonNullable<TokenManagerOptions['fetch']> {
  return (url, init) => {
    asked.push(url);
    return fetch(cell.oauth.tokenUrl, init);
  };
}

function fieldForm(title: string, token: TokenOptions, fields: Readonly<Record<string, string>>): Form {
  return {
    title,
    options: (cell) => withToken(cell, token),
    arrives: (cell) => {
      requested(cell, fields);
    },
  };
}

function methodForm(title: string, token: TokenOptions, method: string): Form {
  return {
    title,
    options: (cell) => withToken(cell, token),
    arrives: (cell) => {
      authenticatedBy(cell, method);
    },
  };
}

/** How tokens are requested and renewed. */
export const tokenForms: readonly Form[] = Object.freeze<Form[]>([
  { title: 'token.tokenUrl', options: (cell) => withToken(cell, { tokenUrl: cell.oauth.tokenUrl }) },
  {
    title: 'token.tokenUrl, a URL',
    options: (cell) => withToken(cell, { tokenUrl: new URL(cell.oauth.tokenUrl) }),
  },
  {
    title: 'token.issuer',
    servers: { oauth: { issuerPath: '/realms/apps' } },
    options: (cell) => withToken(cell, { issuer: cell.oauth.issuer }),
    arrives: (cell) => {
      authenticatedBy(cell, 'client_secret_basic');
    },
  },
  {
    title: 'token.clientAuth: client_secret_jwt',
    options: (cell) => withToken(cell, { issuer: cell.oauth.issuer, clientAuth: 'client_secret_jwt' }),
    arrives: (cell) => {
      authenticatedBy(cell, 'client_secret_jwt');
    },
  },
  methodForm(
    'token.clientAuth: client_secret_post',
    { clientAuth: 'client_secret_post' },
    'client_secret_post',
  ),
  methodForm(
    'token.clientAuth: client_secret_basic',
    { clientAuth: 'client_secret_basic' },
    'client_secret_basic',
  ),
  ...(['form', 'raw'] as const).map((basicEncoding) =>
    methodForm(
      `token.basicEncoding: ${basicEncoding}`,
      { clientAuth: 'client_secret_basic', basicEncoding },
      'client_secret_basic',
    ),
  ),
  fieldForm('token.scope, a text', { scope: 'a b' }, { scope: 'a b' }),
  fieldForm('token.scope, a list', { scope: ['a', 'b'] }, { scope: 'a b' }),
  fieldForm('token.audience', { audience: 'urn:api' }, { audience: 'urn:api' }),
  fieldForm('token.resource', { resource: 'urn:one' }, { resource: 'urn:one' }),
  fieldForm('token.resource, a list', { resource: ['urn:one', 'urn:two'] }, { resource: 'urn:two' }),
  fieldForm('token.extraParams', { extraParams: { organization: 'o' } }, { organization: 'o' }),
  {
    title: 'token with all times',
    options: (cell) =>
      withToken(cell, {
        ...{ timeoutMs: 4_000, maxTimeoutMs: 4_500, attemptTimeoutMs: 30_000, credentialRereadMs: 4_000 },
        ...{ defaultLifetimeMs: 60_000, random: Math.random, clock: strictClock },
        policy: { ratio: 0.5, minDelayMs: 1_000, maxDelayMs: 60_000 },
        backoff: {
          initialMs: 100,
          maxWithoutLeaseMs: 1_000,
          maxWithLeaseMs: 2_000,
          maxRetryAfterMs: 3_000,
          maxThrottledMs: 4_000,
        },
      }),
  },
  {
    title: 'token with clock and times, and a credential source of your own',
    options: (cell) => ({
      ...cell.application,
      credentials: ownCredentials(cell),
      token: { clock: strictClock, attemptTimeoutMs: 7_777 },
    }),
  },
  { title: 'token.fetch', options: (cell) => withToken(cell, { fetch: strictFetch }) },
  {
    title: 'token.allowInsecureHttp',
    options: (cell) =>
      withToken(cell, {
        ...{ tokenUrl: 'http://id.example/token', allowInsecureHttp: true },
        fetch: redirectedFetch(cell),
      }),
  },
]);
