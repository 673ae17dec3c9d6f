import { parseJson } from '@worker-auth/internal';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { type LifeMeasures, readTokenResponse } from '../../src/request/token-response.ts';

const from = 'https://idp.example/token';

const second = 1_000;
const month = 30 * 24 * 3_600 * second;
const measures: LifeMeasures = {
  defaultLifetimeMs: 300_000,
  sentAtWallMs: Date.UTC(2026, 0, 1),
  time: { ageMs: 0, serverNowMs: undefined },
};

/** The life of the token in a response with these fields. */
function lifeOf(fields: object): number {
  const text = JSON.stringify({ access_token: 'opaque', token_type: 'Bearer', ...fields });
  const response = { from, status: 200, headers: new Headers(), text, body: parseJson(text), isCut: false };
  return readTokenResponse(response, measures).lifetimeMs;
}

describe('expires_in', () => {
  it.each<readonly [unknown, number]>([
    [60, 60 * second],
    ['60', 60 * second],
    ['0.5', 500],
    [month / second, month],
    [month / second + 1, month],
    [null, 300 * second],
    [0.5, 500],
    [1e308, month],
  ])('is read: %j', (expiresIn, lifetimeMs) => {
    expect(lifeOf({ expires_in: expiresIn })).toBe(lifetimeMs);
  });

  it.each(['', ' 60', '60s', '6e1', '.5', '5.', true, '1 hour', [60]])('is rejected: %j', (expiresIn) => {
    expect(() => lifeOf({ expires_in: expiresIn })).toThrow('expires_in must be a number of seconds');
  });

  it.each([0, '0', -1, '-1.5'])('is over: %j', (expiresIn) => {
    expect(() => lifeOf({ expires_in: expiresIn })).toThrow(`has expired: ${expiresIn} s of life. Check`);
  });
});

describe('the other fields', () => {
  it.each(['!', '~', 'a.b_c-d/e=+'])('are a token: %s', (token) => {
    const text = JSON.stringify({ access_token: token, token_type: 'bearer' });
    const response = { from, status: 200, headers: new Headers(), text, body: parseJson(text), isCut: false };
    expect(readTokenResponse(response, measures).token).toBe(token);
  });

  it.each(['', ' a', 'a ', 'a b', 'a\n', '\u007F', 'ä', 7])('are no token: %j', (token) => {
    expect(() => lifeOf({ access_token: token })).toThrow('access_token must be a non-empty string');
  });

  it('are a token of up to 16 KiB: a longer one fits into no header', () => {
    expect(() => lifeOf({ access_token: 'x'.repeat(16_384), expires_in: 60 })).not.toThrow();
    expect(() => lifeOf({ access_token: 'x'.repeat(16_385) })).toThrow('of at most 16384 characters');
  });

  it.each(['', 'xBearer', 'Bearerx', 'Bearer ', 7])('are no kind that can be used: %j', (kind) => {
    expect(() => lifeOf({ token_type: kind })).toThrow('token_type must be Bearer. Only if you know');
  });

  it.each([undefined, null])('are no kind at all, which the server has to send: %j', (kind) => {
    expect(() => lifeOf({ token_type: kind })).toThrow(
      'token_type must be Bearer, and is missing: have the server',
    );
  });

  it.each([
    [false, { token_type: undefined }],
    [false, { token_type: 'DPoP' }],
    [true, { token_type: 'DPoP', access_token: '' }],
    [true, { access_token: undefined }],
  ])('are worth another request: %s, %j', (retryable, fields) => {
    expect(() => lifeOf(fields)).toThrow(expect.objectContaining({ retryable }) as Error);
  });
});

it.each<readonly [string, boolean, string]>([
  ['{}', true, 'the response is longer than 2 characters'],
  ['<html>', false, 'not a JSON object'],
  ['[]', false, 'not a JSON object'],
  [
    '{}',
    false,
    'access_token must be a non-empty string of visible ASCII, of at most 16384 characters; token_type must be Bearer',
  ],
])(
  'a response that cannot be used is an error that says why, and what to check: %s, cut: %s',
  (text, isCut, says) => {
    const read = (): unknown =>
      readTokenResponse(
        { from, status: 201, headers: new Headers(), text, body: parseJson(text), isCut },
        measures,
      );
    expect(read).toThrow(says);
    expect(read).toThrow('Check that the URL is a token endpoint');
    expect(read).toThrow(
      expect.objectContaining({ code: TokenManagerErrorCode.invalidResponse, status: 201 }) as Error,
    );
  },
);
