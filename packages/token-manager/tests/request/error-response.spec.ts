import { parseJson } from '@worker-auth/internal';
import { describe, expect, it } from 'vitest';
import { readErrorResponse } from '../../src/request/error-response.ts';
import {
  type TokenManagerErrorCode,
  TokenManagerErrorCode as codes,
  type TokenRequestError,
} from '../../src/errors.ts';

const from = 'https://idp.example/token';

const secret = 'canary-secret-0123456789';

function errorOf(status: number, body: unknown, headers: Record<string, string> = {}): TokenRequestError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const error = readErrorResponse(
    { from, status, headers: new Headers(headers), text, body: parseJson(text), isCut: false },
    { secrets: () => [secret], wallNowMs: 0 },
  );
  if (error === undefined) throw new Error('The response counts as a success');
  return error;
}

describe('a response', () => {
  it.each([200, 201, 299])('of status %i without an error field is a success', (status) => {
    const response = {
      from,
      status,
      headers: new Headers(),
      text: '',
      body: { errorCode: 'E1' },
      isCut: false,
    };
    expect(readErrorResponse(response, { secrets: () => [], wallNowMs: 0 })).toBeUndefined();
  });

  it.each<readonly [number, TokenManagerErrorCode]>([
    [199, codes.rejected],
    [300, codes.rejected],
    [400, codes.rejected],
    [401, codes.clientRejected],
    [403, codes.denied],
    [408, codes.unavailable],
    [425, codes.unavailable],
    [429, codes.throttled],
    [499, codes.rejected],
    [500, codes.unavailable],
    [599, codes.unavailable],
  ])('of status %i is an error without one too: %s', (status, code) => {
    expect(errorOf(status, '')).toMatchObject({
      code,
      status,
      oauthError: undefined,
      description: undefined,
    });
  });

  it.each<readonly [string, TokenManagerErrorCode]>([
    ['invalid_client', codes.clientRejected],
    ['access_denied', codes.denied],
    ['server_error', codes.unavailable],
    ['slow_down', codes.throttled],
    ['whatever', codes.rejected],
  ])('of status 200 with the error %s is %s', (error, code) => {
    expect(errorOf(200, { error })).toMatchObject({ code, status: 200, oauthError: error });
  });
});

it.each<readonly [number, string, TokenManagerErrorCode]>([
  [400, 'invalid_client', codes.clientRejected],
  [401, 'access_denied', codes.clientRejected],
  [401, 'slow_down', codes.throttled],
  [403, 'invalid_client', codes.clientRejected],
  [429, 'invalid_client', codes.throttled],
  [503, 'invalid_client', codes.unavailable],
  [400, 'unauthorized_client', codes.clientRejected],
  [400, 'invalid_grant', codes.denied],
  [400, 'invalid_target', codes.rejected],
  [400, 'temporarily_unavailable', codes.unavailable],
  [400, 'slow_down', codes.throttled],
  // Names that every object has.
  [400, 'constructor', codes.rejected],
  [400, '__proto__', codes.rejected],
  [400, 'hasOwnProperty', codes.rejected],
])('the error that a rejection names decides beside the status: %i %s is %s', (status, error, code) => {
  const retryable = code === codes.unavailable || code === codes.throttled;
  expect(errorOf(status, JSON.parse(`{"error":"${error}"}`))).toMatchObject({
    code,
    oauthError: error,
    retryable,
  });
});

describe('the error of a response', () => {
  it.each<readonly [string, unknown, string]>([
    ['nothing', '', 'answered 400. Check the token URL'],
    ['its name', { error: 'invalid_scope' }, 'answered 400 invalid_scope. Check'],
    ['its description', { error_description: 'no such scope' }, 'answered 400 no such scope. Check'],
    ['both', { error: 'invalid_scope', error_description: 'no such' }, '400 invalid_scope: no such. Check'],
    ['both, as Okta writes them', { errorCode: 'E1', errorSummary: 'no such' }, '400 E1: no such. Check'],
    ['what is no text', { error: 7, error_description: {} }, 'answered 400. Check'],
  ])('is told with %s, and what to do', (_name, body, says) => {
    expect(errorOf(400, body).message).toContain(says);
  });

  const dpop =
    'to a DPoP key, and only bearer tokens can be sent here. Only if you know that bearer tokens are safe enough, turn DPoP off for this client';
  const certificate = 'to a TLS certificate. Give a fetch that presents it';

  it.each([
    ['Keycloak', { error: 'invalid_request', error_description: 'DPoP proof is missing' }, dpop],
    [
      'Okta',
      { error: 'invalid_dpop_proof', error_description: 'The DPoP proof JWT header is missing.' },
      dpop,
    ],
    ['a server with a nonce', { error: 'use_dpop_nonce' }, dpop],
    [
      'Keycloak',
      {
        error: 'invalid_request',
        error_description: 'Client Certification missing for MTLS HoK Token Binding',
      },
      certificate,
    ],
  ])('of %s says that tokens are bound, in place of "check the scope": %j', (_who, body, says) => {
    const { message } = errorOf(400, body);
    expect(message).toContain(says);
    expect(message).not.toContain('scope');
  });

  it('speaks of the client where the certificate of the client itself is missing', () => {
    expect(errorOf(401, { error: 'invalid_client', error_description: 'no certificate' }).message).toContain(
      'Check the client id and secret',
    );
  });

  it.each([
    [403, '<!doctype html><title>Denied</title>', 'HTML page'],
    [401, ' <HTML>', 'HTML page'],
    [403, '<denied>', 'audiences'],
    [404, ' <HTML>', 'no token endpoint at this path'],
    [405, '{}', 'no token endpoint at this path'],
    [404, { error: 'invalid_client' }, 'Check the client id and secret'],
  ])('says that a page answered in place of the endpoint: %i %s', (status, page, words) => {
    expect(errorOf(status, page).message).toContain(words);
  });

  it.each(['', 'a'.repeat(65), 'a b', ' a', 'a\n', '<a>', secret])(
    'has no name that does not: %j',
    (name) => {
      expect(errorOf(400, { error: name }).oauthError).toBeUndefined();
    },
  );
});

describe('the rejection of an assertion', () => {
  const adviceOf = (hostAheadMs: number | undefined): string | undefined =>
    readErrorResponse(
      { from, status: 401, headers: new Headers(), text: '', body: undefined, isCut: false },
      { secrets: () => [], wallNowMs: 0, isByAssertion: true, hostAheadMs },
    )?.message.split('the end of the assertion')[1];

  it.each([
    [undefined, ''],
    [60_000, ''],
    [60_500, "; this host's clock is 61 s ahead of the server's clock"],
    [-60_500, "; this host's clock is 61 s behind the server's clock"],
  ])('names clocks that differ: %s ms', (hostAheadMs, note) => {
    expect(adviceOf(hostAheadMs)).toBe(note);
  });
});

describe('a 429', () => {
  const messageOf = (status: number, headers: Record<string, string>): string =>
    errorOf(status, '', headers).message;

  it('says what the server says of its limits', () => {
    const headers = {
      'Retry-After': '60',
      'X-RateLimit-Limit': '100',
      'X-Rate-Limit-Remaining': '0',
      'Auth0-Client-Quota-Limit': 'b=per_hour;q=100;r=0;t=2346',
      RateLimit: '"default";r=0;t=50',
      'X-Request-Id': 'canary',
    };
    expect(messageOf(429, headers)).toBe(
      'The token endpoint https://idp.example/token answered 429 (auth0-client-quota-limit: b=per_hour;q=100;r=0;t=2346, ratelimit: "default";r=0;t=50, ' +
        'retry-after: 60, x-rate-limit-remaining: 0, x-ratelimit-limit: 100). It is asked again when the time that it set has passed',
    );
  });

  it('shows no secret, and no more than it must', () => {
    const headers = {
      'x-quota': secret,
      ...Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [`x-ratelimit-${name}`, '1']),
      ),
    };
    expect(messageOf(429, headers)).not.toContain('canary');
    expect(messageOf(429, headers)).not.toContain('x-ratelimit-h');
  });
});
