import type { TemporalAuthOptions } from '@worker-auth/temporal-auth';
import { SigningKey, testClientCertificate } from '@worker-auth/testing-fakes';
import {
  type ClientAssertion,
  fileAssertion,
  providers,
  type ProviderOptions,
  type TokenManagerOptions,
} from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { generateKeyPairSync } from 'node:crypto';
import type { Cell, Servers } from './cell.ts';
import { type Form, ownCredentials, withCredentials } from './sources.ts';
import { strictClock, strictFetch } from './strict-ports.ts';

type TokenOptions = NonNullable<TemporalAuthOptions['token']>;

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

/** The same with the client's id alone. */
function withAssertion(cell: Cell, token: TokenOptions): TemporalAuthOptions {
  return { ...withToken(cell, token), clientSecret: undefined };
}

/** What goes to any other server goes to the cell's. `asked` has the addresses. */
export function redirectedFetch(cell: Cell, asked: string[] = []): NonNullable<TokenManagerOptions['fetch']> {
  return (url, init) => {
    asked.push(url);
    return fetch(cell.oauth.tokenUrl, init);
  };
}

const key = new SigningKey('ES256');
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A client of one key, whose assertions must keep to RFC 10070. */
function clientOf(publicKey: typeof pair.publicKey, alg: 'ES256' | 'RS256'): Servers {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg, use: 'sig' as const };
  return { oauth: { clients: [{ clientId: 'worker', jwks: { keys: [jwk] } }], strictAssertions: true } };
}

const cluster = 'https://kubernetes.default.svc';
const subject = 'system:serviceaccount:apps:worker';
/** Whose service account tokens stand for the client. */
export const federated: Servers = {
  oauth: {
    clients: [{ clientId: 'worker' }],
    trustedIssuers: [
      { issuer: cluster, jwks: { keys: [key.publicJwk] }, subjects: { [subject]: 'worker' }, audience: 'oauth' },
    ],
  },
};

/** A service account token of that cluster. */
export function clusterToken(): string {
  return key.signJwt({ iss: cluster, sub: subject, aud: 'oauth', exp: Math.floor(Date.now() / 1_000) + 600 });
}

function assertionForm(
  title: string,
  servers: Servers,
  make: (cell: Cell) => TokenOptions | Promise<TokenOptions>,
  method = 'private_key_jwt',
): Form {
  return {
    title,
    servers,
    options: async (cell) => withAssertion(cell, await make(cell)),
    arrives: (cell) => {
      authenticatedBy(cell, method);
    },
  };
}

const certificate = { sanUri: 'spiffe://example.org/ns/apps/sa/worker' };

/** A `fetch` that presents a certificate. */
function certifiedFetch(): NonNullable<TokenManagerOptions['fetch']> {
  const presented = testClientCertificate(certificate);
  return async (url, { method = 'GET', headers, body }) => {
    const asking = request(url, { ...presented, method, headers: headers as Record<string, string>, agent: false });
    asking.end(await new Response(body).text());
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const chunks = (await response.toArray()) as Buffer[];
    return new Response(Buffer.concat(chunks), {
      status: response.statusCode ?? 0,
      headers: { 'content-type': response.headers['content-type'] ?? '' },
    });
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

/** One of each preset: what it asks, and where. */
const presets: Readonly<Record<keyof typeof providers, readonly [preset: ProviderOptions, url: string]>> = {
  keycloak: [
    providers.keycloak({ url: 'https://id.example', realm: 'apps', scope: 'a' }),
    'https://id.example/realms/apps/protocol/openid-connect/token',
  ],
  auth0: [
    providers.auth0({ domain: 'apps.auth0.example', audience: 'urn:api', organization: 'org_1' }),
    'https://apps.auth0.example/oauth/token',
  ],
  okta: [
    providers.okta({ domain: 'apps.okta.example', authorizationServer: 'own', scope: ['a', 'b'] }),
    'https://apps.okta.example/oauth2/own/v1/token',
  ],
  entra: [
    providers.entra({ tenant: 'contoso.example', resource: 'api://temporal' }),
    'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
  ],
  cognito: [
    providers.cognito({ domain: 'apps.example', scope: 'a', clientMetadata: { team: 'data' } }),
    'https://apps.example/oauth2/token',
  ],
  pingOne: [
    providers.pingOne({ environmentId: 'e-1', scope: 'a', authDomain: 'auth.example' }),
    'https://auth.example/e-1/as/token',
  ],
  pingFederate: [
    providers.pingFederate({ url: 'https://ping.example', scope: 'a' }),
    'https://ping.example/as/token.oauth2',
  ],
  zitadel: [
    providers.zitadel({ url: 'https://apps.zitadel.example', projectId: '7' }),
    'https://apps.zitadel.example/oauth/v2/token',
  ],
  hydra: [
    providers.hydra({ url: 'https://hydra.example', scope: 'a', audience: 'urn:api' }),
    'https://hydra.example/oauth2/token',
  ],
  dex: [providers.dex({ issuer: 'https://dex.example/dex', scope: 'openid' }), 'https://dex.example/dex/token'],
};

function presetForm([name, [preset, url]]: readonly [string, readonly [ProviderOptions, string]]): Form {
  const asked: string[] = [];
  return {
    title: `token: providers.${name}(…)`,
    options: (cell) => withToken(cell, { ...preset, fetch: redirectedFetch(cell, asked) }),
    arrives: (cell) => {
      if (asked[0] !== url) throw new Error(`The token was requested at ${asked[0]}, not at ${url}`);
      authenticatedBy(cell, preset.clientAuth ?? '');
      const scope = [preset.scope ?? []].flat().join(' ') || undefined;
      requested(cell, { scope, audience: preset.audience, ...preset.extraParams });
    },
  };
}

const ofCluster: ClientAssertion = () => clusterToken();

/** How tokens are requested and renewed. */
export const tokenForms: readonly Form[] = [
  { title: 'token.tokenUrl', options: (cell) => withToken(cell, { tokenUrl: cell.oauth.tokenUrl }) },
  { title: 'token.tokenUrl, a URL', options: (cell) => withToken(cell, { tokenUrl: new URL(cell.oauth.tokenUrl) }) },
  {
    title: 'token.issuer',
    servers: { oauth: { issuerPath: '/realms/apps' } },
    options: (cell) => withToken(cell, { issuer: cell.oauth.issuer }),
  },
  methodForm('token.clientAuth: client_secret_post', { clientAuth: 'client_secret_post' }, 'client_secret_post'),
  methodForm('token.clientAuth: client_secret_basic', { clientAuth: 'client_secret_basic' }, 'client_secret_basic'),
  ...(['form', 'raw'] as const).map((basicEncoding) =>
    methodForm(
      `token.basicEncoding: ${basicEncoding}`,
      { clientAuth: 'client_secret_basic', basicEncoding },
      'client_secret_basic',
    ),
  ),
  assertionForm(
    'token.clientAuth: tls_client_auth',
    { oauth: { tls: true, clients: [{ clientId: 'worker', tlsClientAuth: certificate }] } },
    () => ({ clientAuth: 'tls_client_auth', fetch: certifiedFetch() }),
    'tls_client_auth',
  ),
  assertionForm('token.clientAssertion: a function', federated, () => ({ clientAssertion: ofCluster }), 'federated_jwt'),
  assertionForm(
    'token.clientAssertion: fileAssertion(…)',
    federated,
    async ({ folder }) => ({ clientAssertion: fileAssertion(await folder.write('assertion', clusterToken())) }),
    'federated_jwt',
  ),
  assertionForm(
    'token.clientAssertion: fileAssertion(…, { type })',
    federated,
    async ({ folder }) => ({
      clientAssertion: fileAssertion(await folder.write('assertion', clusterToken()), { type: 'jwt-bearer' }),
    }),
    'federated_jwt',
  ),
  assertionForm('privateKeyJwt with all options', clientOf(pair.publicKey, 'ES256'), ({ oauth }) => ({
    issuer: oauth.issuer,
    clientAssertion: privateKeyJwt({
      ...{ key: pair.privateKey, algorithm: 'ES256', keyId: 'k1', audience: oauth.issuer, lifetimeMs: 30_000 },
      ...{ header: { 'x5t#S256': 'abc' }, clock: strictClock },
    }),
  })),
  assertionForm('privateKeyJwt with a PEM', clientOf(rsa.publicKey, 'RS256'), ({ oauth }) => ({
    issuer: new URL(oauth.issuer),
    clientAssertion: privateKeyJwt({ key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
  })),
  assertionForm(
    'privateKeyJwt with a JWK, token.assertionAudience',
    clientOf(pair.publicKey, 'ES256'),
    ({ oauth }) => ({
      assertionAudience: oauth.issuer,
      clientAssertion: privateKeyJwt({
        key: { ...pair.privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k1' },
      }),
    }),
  ),
  {
    title: 'credentials with a clientAssertionFile',
    servers: federated,
    options: async (cell) => {
      const clientAssertionFile = await cell.folder.write('assertion', clusterToken());
      const credentials = { clientId: 'worker', clientAssertionFile, clientAssertionType: 'jwt-bearer' } as const;
      const get = () => Promise.resolve(credentials);
      return { ...cell.application, credentials: { get, invalidate: () => undefined } };
    },
  },
  {
    title: 'credentials that name the tokenUrl and TLS',
    options: (cell) => {
      const { authUrl: tokenUrl, ...application } = cell.application;
      const found = { ...cell.credentials, tokenUrl, tlsEnabled: false, source: 'the test' };
      const get = () => Promise.resolve(found);
      return { ...application, credentials: { get, invalidate: () => undefined } };
    },
  },
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
        ...{ timeoutMs: 5_000, maxTimeoutMs: 6_000, attemptTimeoutMs: 30_000, credentialRereadMs: 4_000 },
        ...{ defaultLifetimeMs: 60_000, random: Math.random, clock: strictClock },
        policy: { ratio: 0.5, minDelayMs: 1_000, maxDelayMs: 60_000 },
        backoff: { initialMs: 100, maxWithoutLeaseMs: 1_000, maxWithLeaseMs: 2_000, maxRetryAfterMs: 3_000 },
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
  ...Object.entries(presets).map(presetForm),
];
