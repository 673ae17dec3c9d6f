import type { Keycloak } from '@worker-auth/servers';
import { SigningKey } from '@worker-auth/testing-fakes';
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clients,
  clientSecret,
  type OAuthPair,
  ownClaims,
  startOAuthPair,
  type TokenServer,
} from '../fixtures/oauth-pair.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const foreign = new SigningKey('ES256');
let pair: OAuthPair;

type Claims = Readonly<Record<string, unknown>>;
type Form = Readonly<Record<string, string>>;

/** What a client gets to see: the status, and of a rejection its code and text. */
type Outcome = readonly [status: number, error?: unknown, description?: unknown];

async function ask(server: TokenServer, form: Form | string, headers: Form = {}): Promise<Outcome> {
  const response = await fetch(server.tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  });
  const body = (await response.json()) as Claims;
  return response.ok
    ? [response.status, body['token_type']]
    : [response.status, body['error'], body['error_description']];
}

function askWith(server: TokenServer, assertion: string, fields: Form = {}): Promise<Outcome> {
  const form = { client_assertion_type: assertionType, client_assertion: assertion };
  return ask(server, { grant_type: 'client_credentials', ...form, ...fields });
}

/** The same of both servers: Keycloak's outcome is the one that is expected of the mock. */
async function expectAlike(outcomeOf: (server: TokenServer) => Promise<Outcome>): Promise<Outcome> {
  const [keycloak, mock] = [await outcomeOf(pair.keycloak), await outcomeOf(pair.mock)];
  expect(mock).toEqual(keycloak);
  return keycloak;
}

function signWithSecret(claims: Claims, secret = clientSecret): string {
  const parts = [{ alg: 'HS256', typ: 'JWT' }, claims];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Over claims that are as they should be; times in seconds from now. */
const changes: readonly (readonly [string, Claims, number])[] = [
  ['is as it should be', {}, 200],
  ['has a list of one audience', { aud: 'list' }, 200],
  ['is for another audience', { aud: 'https://other.example' }, 400],
  ['is for nobody', { aud: undefined }, 400],
  ['is for others', { aud: ['https://other.example', 'https://one.example'] }, 400],
  ['is for others too', { aud: 'list of two' }, 400],
  ['is over', { iat: -300, exp: -240 }, 400],
  ['never ends', { exp: undefined }, 400],
  ['begins in five minutes', { nbf: 300 }, 400],
  ['was issued in five minutes', { iat: 300, exp: 330 }, 400],
  ['speaks of somebody else', { sub: 'nobody' }, 401],
  ['speaks of nobody', { sub: undefined }, 401],
  ['comes from somebody else', { iss: 'https://other.example' }, 401],
  ['comes from nobody', { iss: undefined }, 401],
];

/** The issuer is known when a server runs, and the time when it is asked. */
function changed(server: TokenServer, change: Claims): Claims {
  const now = Math.floor(Date.now() / 1_000);
  const audiences: Claims = {
    list: [server.issuer],
    'list of two': [server.issuer, 'https://other.example'],
  };
  return Object.fromEntries(
    Object.entries(change).map(([name, value]) => {
      if (typeof value === 'number') return [name, now + value];
      return [name, name === 'aud' && typeof value === 'string' ? (audiences[value] ?? value) : value];
    }),
  );
}

/** The tests of the mock beside a Keycloak that runs. */
export function oauthConformanceTests(keycloak: () => Keycloak): void {
  beforeAll(async () => {
    pair = await startOAuthPair(keycloak());
  });

  afterAll(async () => {
    await pair[Symbol.asyncDispose]();
  });

  describe.each([
    ['private_key_jwt', clients.key, (claims: Claims) => pair.key.signJwt(claims)],
    ['client_secret_jwt', clients.hmac, (claims: Claims) => signWithSecret(claims)],
  ] as const)('to a %s', (_method, clientId, sign) => {
    const assertionFor = (server: TokenServer, change: Claims = {}): string =>
      sign(ownClaims(server, clientId, changed(server, change)));

    it.each([...changes, ['has no jti', { jti: undefined }, 400] as const])(
      'that %s',
      async (_what, change, status) => {
        const [answered] = await expectAlike((server) => askWith(server, assertionFor(server, change)));
        expect(answered).toBe(status);
      },
    );

    it('for the token endpoint', async () => {
      const [status] = await expectAlike((server) =>
        askWith(server, assertionFor(server, { aud: server.tokenUrl })),
      );
      expect(status).toBe(200);
    });

    it('that is sent twice', async () => {
      const [status, , description] = await expectAlike(async (server) => {
        const assertion = assertionFor(server);
        await askWith(server, assertion);
        return askWith(server, assertion);
      });
      expect([status, description]).toEqual([400, 'Token reuse detected']);
    });

    it('beside its own client_id', async () => {
      await expectAlike((server) => askWith(server, assertionFor(server), { client_id: clientId }));
    });
  });

  it.each<[string, (claims: Claims) => string]>([
    ['another key', (claims) => foreign.signJwt(claims, { kid: pair.key.kid })],
    ['an unknown key', (claims) => foreign.signJwt(claims)],
    ['nobody', (claims) => pair.key.signJwt(claims, { alg: 'none' })],
  ])('to a private_key_jwt that is signed by %s', async (_who, sign) => {
    const [status] = await expectAlike((server) => askWith(server, sign(ownClaims(server, clients.key, {}))));
    expect(status).toBe(400);
  });

  describe('to an assertion of a trusted issuer', () => {
    const assertionFor = (server: TokenServer, change: Claims): string =>
      pair.cluster.mintToken({
        lifetimeSeconds: 600,
        claims: { aud: server.issuer, jti: undefined, ...changed(server, change) },
      });

    it.each(changes)('that %s', async (_what, change, status) => {
      const [answered] = await expectAlike((server) => askWith(server, assertionFor(server, change)));
      expect(answered).toBe(status);
    });

    it('that is signed by another key, or that is sent twice', async () => {
      const [status] = await expectAlike((server) => {
        const claims = { aud: server.issuer };
        return askWith(server, pair.cluster.mintToken({ foreignKey: true, claims }));
      });
      expect(status).toBe(401);
      const [again] = await expectAlike(async (server) => {
        const assertion = assertionFor(server, {});
        await askWith(server, assertion);
        return askWith(server, assertion);
      });
      expect(again).toBe(200);
    });
  });

  describe('to a secret', () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: clients.secret,
      client_secret: clientSecret,
    };
    const encoded = new URLSearchParams(form).toString();

    it.each<[string, Form | string, number]>([
      ['that is right', form, 200],
      ['of an unknown client', { ...form, client_id: 'nobody' }, 401],
      ['without a grant', { client_id: clients.secret, client_secret: clientSecret }, 400],
      ['for another grant', { ...form, grant_type: 'x' }, 400],
      ['with a field twice', `${encoded}&scope=a&scope=b`, 400],
    ])('%s', async (_what, sent, status) => {
      const [answered] = await expectAlike((server) => ask(server, sent));
      expect(answered).toBe(status);
    });

    it('in a Basic header, form-encoded', async () => {
      const value = Buffer.from(`${clients.secret}:${clientSecret.replaceAll(' ', '+')}`).toString('base64');
      const [status] = await expectAlike((server) =>
        ask(server, { grant_type: 'client_credentials' }, { authorization: `Basic ${value}` }),
      );
      expect(status).toBe(200);
    });
  });

  // Where the mock keeps to the RFC instead.
  it.each<[string, (server: TokenServer) => Promise<Outcome>, Outcome, readonly unknown[]]>([
    [
      'a wrong secret is invalid_client (RFC 6749 section 5.2)',
      (server) =>
        ask(server, {
          grant_type: 'client_credentials',
          client_id: clients.secret,
          client_secret: 'wrong',
        }),
      [401, 'unauthorized_client', 'Invalid client or Invalid client credentials'],
      [401, 'invalid_client', 'Invalid client or Invalid client credentials'],
    ],
    [
      'two methods in one request are rejected (RFC 6749 section 2.3)',
      (server) =>
        askWith(server, pair.key.signJwt(ownClaims(server, clients.key, {})), { client_secret: 'x' }),
      [200, 'Bearer'],
      [400, 'invalid_request', 'One authentication method, not client_secret_post and private_key_jwt'],
    ],
  ])('but %s', async (_what, outcomeOf, keycloak, mock) => {
    expect(await outcomeOf(pair.keycloak)).toEqual(keycloak);
    expect(await outcomeOf(pair.mock)).toEqual(mock);
  });
}
