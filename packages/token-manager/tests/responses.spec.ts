import { type HttpFault, oauthFaults, type OAuthFaultName } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import {
  type TokenManagerErrorCode,
  TokenManagerErrorCode as codes,
  TokenRequestError,
} from '../src/index.ts';
import { openScene, rejectionOf } from './support.ts';

const day = 24 * 3_600_000;

/** What comes of each bad response: the life of the token in milliseconds, or the error. */
const outcomes: Record<OAuthFaultName, number | TokenManagerErrorCode> = {
  invalidClient400: codes.clientRejected,
  unauthorized401: codes.clientRejected,
  keycloakWrongSecret: codes.clientRejected,
  forbidden403: codes.denied,
  invalidScope: codes.rejected,
  throttled429: codes.throttled,
  serverError500: codes.unavailable,
  unavailable503: codes.unavailable,
  truncatedJson: codes.invalidResponse,
  html200: codes.invalidResponse,
  empty200: codes.invalidResponse,
  jsonNull: codes.invalidResponse,
  jsonArray: codes.invalidResponse,
  noExpiresIn: 3_600_000, // the JWT's exp
  expiresInString: 3_600_000,
  expiresInGarbage: codes.invalidResponse,
  expiresInZero: codes.invalidResponse,
  expiresInNegative: codes.invalidResponse,
  expiresIn1e12: 3_600_000, // the JWT's exp is the shorter
  expiresIn1e308: 3_600_000,
  noAccessToken: codes.invalidResponse,
  emptyAccessToken: codes.invalidResponse,
  numberAccessToken: codes.invalidResponse,
  noTokenType: codes.invalidResponse,
  tokenTypeDpop: codes.invalidResponse,
  tokenTypeMac: codes.invalidResponse,
  crlfInToken: codes.invalidResponse,
  nonAsciiToken: codes.invalidResponse,
  errorWith200: codes.clientRejected,
  droppedMidBody: codes.unreachable,
  connectionReset: codes.unreachable,
  redirect307: codes.redirected,
  tenMegabytes: codes.invalidResponse,
  echoesRequest: codes.rejected,
  neverAnswers: codes.timedOut,
  headersThenSilence: codes.timedOut,
  oneByteAtATime: codes.timedOut,
};

const names = Object.keys(oauthFaults) as OAuthFaultName[];
const errorCases = names.filter((name) => typeof outcomes[name] === 'string');
const tokenCases = names.filter((name) => typeof outcomes[name] === 'number');

describe('a bad response', () => {
  it.each(errorCases)('ends in a typed error and is not cached: %s', async (name) => {
    const { server, clock, tokens } = await openScene();
    server.failWith(name);
    const arrived = server.nextRequest();
    const failing = rejectionOf(tokens.getToken());
    await arrived;
    if (outcomes[name] === codes.timedOut) await clock.advance(10_000);
    const error = await failing;
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject({ code: outcomes[name], retryInMs: expect.any(Number) as unknown });
    expect(tokens.peek()).toBeUndefined();
    server.recover();
    await clock.advance(600_000);
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });

  it.each(tokenCases)('gives a token of a known life: %s', async (name) => {
    const { server, tokens } = await openScene();
    server.injectFault(name);
    await tokens.getToken();
    expect(tokens.remainingMs).toBe(outcomes[name]);
  });
});

describe('a deadline', () => {
  it.each(['neverAnswers', 'headersThenSilence', 'oneByteAtATime'] as const)(
    'of the given length ends the request, not one millisecond before: %s',
    async (name) => {
      const { server, clock, tokens } = await openScene({ timeoutMs: 2_500 });
      server.failWith(name);
      const arrived = server.nextRequest();
      let isOver = false;
      const failing = rejectionOf(tokens.getToken()).finally(() => (isOver = true));
      await arrived;
      await clock.advance(2_499);
      expect(isOver).toBe(false);
      await clock.advance(1);
      await failing;
      await expect.poll(() => server.openConnections).toBe(0);
    },
  );
});

describe('a connection', () => {
  it('is kept alive from one token to the next', async () => {
    const { server, tokens } = await openScene();
    for (let i = 0; i < 5; i++) await tokens.getToken({ forceRefresh: true });
    // The host's fetch may open a second one while it returns the first to its pool.
    expect(server.connectionsSeen).toBeLessThanOrEqual(2);
  });

  it('that broke before a response is replaced once, at once', async () => {
    const { server, tokens } = await openScene();
    server.injectFault('connectionReset');
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('that breaks again is an error', async () => {
    const { server, tokens } = await openScene();
    server.failWith('connectionReset');
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: codes.unreachable });
    expect(server.tokenRequests).toHaveLength(2);
  });

  it('to nobody is a typed error that names the reason', async () => {
    const { server, tokens } = await openScene();
    await server.stop();
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: codes.unreachable,
      kind: 'connectivity',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  });
});

describe('a body', () => {
  const ofSize = (bytes: number): HttpFault => ({
    body: ({ body }) => {
      const start = JSON.stringify({ ...JSON.parse(body), p: '' });
      return start.replace(/""}$/, `"${'x'.repeat(bytes - start.length)}"}`);
    },
  });

  it('of 64 KiB is read', async () => {
    const { server, tokens } = await openScene();
    server.injectFault(ofSize(65_536));
    expect(await tokens.getToken()).toBeTypeOf('string');
  });

  it('of one byte more is rejected', async () => {
    const { server, tokens } = await openScene();
    server.injectFault(ofSize(65_537));
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: codes.invalidResponse });
  });
});

describe('the fields of a token response', () => {
  const opaque = (fields: Record<string, unknown>): HttpFault => ({
    body: JSON.stringify({ access_token: 'opaque', token_type: 'Bearer', ...fields }),
  });
  const jwt = (claims: Record<string, unknown>, fields: Record<string, unknown> = {}): HttpFault => {
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return opaque({ access_token: `e30.${payload}.c2ln`, ...fields });
  };
  const nowSeconds = Date.UTC(2026, 0, 1) / 1_000;

  it.each<{ readonly name: string; readonly fault: HttpFault; readonly lifetimeMs: number }>([
    {
      name: 'token_type in any case',
      fault: opaque({ token_type: 'bEaReR', expires_in: 60 }),
      lifetimeMs: 60_000,
    },
    { name: 'unknown fields', fault: opaque({ expires_in: 60, 'not-before-policy': 0 }), lifetimeMs: 60_000 },
    { name: 'a fraction of a second', fault: opaque({ expires_in: 0.5 }), lifetimeMs: 500 },
    { name: 'no life at all: the default', fault: opaque({}), lifetimeMs: 300_000 },
    { name: 'a life of null: the default', fault: opaque({ expires_in: null }), lifetimeMs: 300_000 },
    { name: 'an absurd life, cut to 30 days', fault: opaque({ expires_in: 1e308 }), lifetimeMs: 30 * day },
    { name: 'a JWT without exp', fault: jwt({ sub: 'x' }, { expires_in: 60 }), lifetimeMs: 60_000 },
    { name: 'three parts that are no JWT', fault: opaque({ access_token: 'a.b.c' }), lifetimeMs: 300_000 },
  ])('are understood: $name', async ({ fault, lifetimeMs }) => {
    const { server, tokens } = await openScene();
    server.injectFault(fault);
    await tokens.getToken();
    expect(tokens.remainingMs).toBe(lifetimeMs);
  });

  it.each<{ readonly name: string; readonly fault: HttpFault; readonly named: string }>([
    {
      name: 'a token with a space',
      fault: opaque({ access_token: 'a b', expires_in: 60 }),
      named: 'access_token',
    },
    { name: 'a JWT that is over', fault: jwt({ exp: nowSeconds - 1 }), named: 'the token is over' },
    { name: 'DPoP, by name', fault: oauthFaults.tokenTypeDpop, named: 'token_type must be Bearer' },
    { name: 'no token', fault: { body: '{}' }, named: 'access_token must be a non-empty string' },
    {
      name: 'a number for a token',
      fault: opaque({ access_token: 7 }),
      named: 'access_token must be a non-empty',
    },
    { name: 'a kind that is no text', fault: opaque({ token_type: 7 }), named: 'token_type must be Bearer' },
    {
      name: 'a life in words',
      fault: opaque({ expires_in: '1 hour' }),
      named: 'expires_in must be a number of',
    },
    {
      name: 'an empty life',
      fault: opaque({ expires_in: '' }),
      named: 'expires_in must be a number of seconds',
    },
    {
      name: 'a life that is a list',
      fault: opaque({ expires_in: [60] }),
      named: 'expires_in must be a number of',
    },
    { name: 'text that is no JSON', fault: { body: '<html>' }, named: 'not a JSON object' },
    { name: 'a list', fault: { body: '[]' }, named: 'not a JSON object' },
    {
      name: 'all fields at once, each with its rule',
      fault: { body: '{"expires_in":true}' },
      named:
        'visible ASCII; token_type must be Bearer: turn DPoP, or whatever binds the tokens of this client, off; expires_in must be',
    },
  ])('are rejected: $name', async ({ fault, named }) => {
    const { server, tokens } = await openScene();
    server.injectFault(fault);
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: codes.invalidResponse,
      message: expect.stringContaining(named) as unknown,
    });
  });
});

describe('the classification of an error response', () => {
  const response = (status: number, error?: string): HttpFault => ({
    status,
    body: error === undefined ? '<html>' : JSON.stringify({ error }),
    headers: {},
  });

  it.each<readonly [number, string | undefined, TokenManagerErrorCode, boolean]>([
    [400, 'invalid_request', codes.rejected, false],
    [400, 'invalid_target', codes.rejected, false],
    [400, 'unsupported_grant_type', codes.rejected, false],
    [400, 'unauthorized_client', codes.clientRejected, false],
    [400, 'invalid_grant', codes.denied, false],
    [401, 'access_denied', codes.clientRejected, false],
    [401, undefined, codes.clientRejected, false],
    [403, undefined, codes.denied, false],
    [404, undefined, codes.rejected, false],
    [400, 'temporarily_unavailable', codes.unavailable, true],
    [400, 'slow_down', codes.throttled, true],
    [408, undefined, codes.unavailable, true],
    [425, undefined, codes.unavailable, true],
    [429, 'invalid_client', codes.throttled, true],
    [502, undefined, codes.unavailable, true],
  ])('%i %s is %s, retryable %s', async (status, error, code, retryable) => {
    const { server, tokens } = await openScene();
    server.failWith(response(status, error));
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      status,
      oauthError: error,
      code,
      retryable,
    });
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'takes a name that every object has for any other: %s',
    async (error) => {
      const { server, tokens } = await openScene();
      server.failWith({ status: 400, body: `{"error":"${error}"}` });
      expect(await rejectionOf(tokens.getToken())).toMatchObject({
        code: codes.rejected,
        kind: 'configuration',
        retryable: false,
        oauthError: error,
      });
    },
  );

  it('reads the error of Okta', async () => {
    const { server, tokens } = await openScene();
    server.failWith({
      status: 429,
      body: JSON.stringify({ errorCode: 'E0000047', errorSummary: 'API call exceeded rate limit' }),
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      oauthError: 'E0000047',
      description: 'API call exceeded rate limit',
    });
  });
});
