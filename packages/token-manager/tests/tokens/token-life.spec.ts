import type { HttpFault } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode as codes } from '../../src/errors.ts';
import { openScene, rejectionOf } from '../support.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** The host's wall clock when the request is sent. */
const hostNowMs = Date.UTC(2026, 0, 1);

/** A response, in milliseconds beside the host's clock; what is not given is not in the response. */
interface Answer {
  readonly dateMs?: number;
  readonly ageSeconds?: number;
  readonly expiresIn?: number;
  /** Claims of a JWT, in seconds of the epoch or in whatever form; without them the token is opaque. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const secondsAt = (offsetMs: number): number => (hostNowMs + offsetMs) / second;

function faultOf({ dateMs, ageSeconds, expiresIn, claims }: Answer): HttpFault {
  const payload = Buffer.from(JSON.stringify(claims ?? {})).toString('base64url');
  return {
    headers: {
      // An empty one is none: the server would write its own.
      date: dateMs === undefined ? '' : new Date(hostNowMs + dateMs).toUTCString(),
      ...(ageSeconds !== undefined && { age: String(ageSeconds) }),
    },
    body: JSON.stringify({
      access_token: claims === undefined ? 'opaque' : `e30.${payload}.c2ln`,
      token_type: 'Bearer',
      ...(expiresIn !== undefined && { expires_in: expiresIn }),
    }),
  };
}

const jwt = (iatMs: number, expMs: number): { readonly claims: Record<string, unknown> } => ({
  claims: { iat: secondsAt(iatMs), exp: secondsAt(expMs) },
});

/** What a first response gives: the life in milliseconds, or `over` when the token is rejected. */
const cases: Readonly<Record<string, readonly (readonly [string, Answer, number | 'over'])[]>> = {
  'without a word about time': [
    ['expires_in', { expiresIn: 300 }, 300 * second],
    ['exp by the clock of the host', { claims: { exp: secondsAt(40 * second) } }, 40 * second],
    ['the earlier of the two: exp', { expiresIn: 60, ...jwt(0, 50 * second) }, 50 * second],
    ['the earlier of the two: expires_in', { expiresIn: 60, ...jwt(0, 70 * second) }, 60 * second],
    ['a token out of the store of the server', { ...jwt(-50 * minute, 10 * minute) }, 10 * minute],
    [
      'a host that is ahead by more than the life: the whole life',
      jwt(-10 * minute, -5 * minute),
      5 * minute,
    ],
    [
      'a host that is ahead by more than the life: expires_in',
      { expiresIn: 60, ...jwt(-hour, -second) },
      minute,
    ],
    ['a host that is behind by an hour: no longer than the whole life', jwt(hour, 2 * hour), hour],
    ['a host that is ahead by years: the whole life', jwt(-3 * year, -3 * year + hour), hour],
    ['a host that is ahead by years: expires_in', { expiresIn: 60, ...jwt(-year, -year + hour) }, minute],
    ['a host that is ahead by years, and nothing else: the default', { claims: { exp: 1 } }, 300 * second],
    ['a token that ends now, and nothing else: the default', { claims: { exp: secondsAt(0) } }, 300 * second],
    ['iat alone: the default', { claims: { iat: secondsAt(0) } }, 300 * second],
  ],
  'with the date of the server': [
    ['a token out of the store of the server', { dateMs: 0, ...jwt(-50 * minute, 10 * minute) }, 10 * minute],
    ['a token that is over by both clocks', { dateMs: 0, ...jwt(-3 * hour, -2 * hour) }, 'over'],
    [
      'a host that is ahead by 10 minutes',
      { dateMs: -10 * minute, ...jwt(-10 * minute, -5 * minute) },
      5 * minute,
    ],
    ['a host that is ahead by 10 minutes: expires_in', { dateMs: -10 * minute, expiresIn: 300 }, 5 * minute],
    ['a host that is ahead by 59 minutes', { dateMs: -59 * minute, ...jwt(-59 * minute, minute) }, hour],
    [
      'a host that is ahead by 20 s',
      { dateMs: -20 * second, ...jwt(-20 * second, 280 * second) },
      280 * second,
    ],
    [
      'a host that is ahead by 40 s: it takes half of a short token',
      { dateMs: -40 * second, ...jwt(-40 * second, 20 * second) },
      30 * second,
    ],
    ['a host that is ahead by 40 s: nothing of expires_in', { dateMs: -40 * second, expiresIn: 60 }, minute],
    ['a host that is ahead by 2 hours', { dateMs: -2 * hour, ...jwt(-2 * hour, -hour) }, hour],
    ['a host that is ahead by 2 hours: expires_in', { dateMs: -2 * hour, expiresIn: 60 }, minute],
    ['a host that is ahead by years', { dateMs: -3 * year, ...jwt(-3 * year, -3 * year + hour) }, hour],
    [
      'a host that is behind by 5 minutes',
      { dateMs: 5 * minute, claims: { exp: secondsAt(10 * minute) } },
      5 * minute,
    ],
    ['a host that is behind by 2 hours', { dateMs: 2 * hour, ...jwt(2 * hour, 3 * hour) }, hour],
    [
      'a host that is behind by years',
      { dateMs: 3 * year, claims: { exp: secondsAt(3 * year + hour) } },
      hour,
    ],
    ['a date of another clock than that which made the token', { dateMs: year, ...jwt(0, hour) }, hour],
  ],
  'out of a cache': [
    ['of which Age tells', { dateMs: -50 * minute, ageSeconds: 3_000, expiresIn: 3_600 }, 10 * minute],
    [
      'of which Age tells, for a JWT',
      { dateMs: -50 * minute, ageSeconds: 3_000, ...jwt(-50 * minute, 10 * minute) },
      10 * minute,
    ],
    ['of which Age tells, without a date', { ageSeconds: 50, expiresIn: 60 }, 10 * second],
    ['of which Age tells, of a token without a life', { ageSeconds: 100 }, 200 * second],
    ['that is older than the token lives', { ageSeconds: 60, expiresIn: 60 }, 'over'],
    [
      'that is older than the token lives, for a host that is ahead',
      { dateMs: -hour, ageSeconds: 60, expiresIn: 60 },
      'over',
    ],
  ],
  'of a JWT whose claims are odd': [
    ['iat as text', { claims: { iat: String(secondsAt(0)), exp: secondsAt(minute) } }, minute],
    ['iat in words', { claims: { iat: 'just now', exp: secondsAt(minute) } }, minute],
    ['exp as text', { claims: { iat: secondsAt(0), exp: String(secondsAt(minute)) } }, minute],
    ['nbf and others in any form', { claims: { nbf: {}, aud: 7, exp: secondsAt(minute) } }, minute],
    ['exp in words: none', { claims: { exp: 'tomorrow' } }, 300 * second],
    ['exp that is no finite number: none', { claims: { exp: null } }, 300 * second],
    ['exp in milliseconds, cut to 30 days', { claims: { exp: hostNowMs + hour } }, 30 * day],
    ['iat after exp, of which no length comes', { ...jwt(hour, minute) }, minute],
  ],
};

describe.each(Object.entries(cases))('the life of a token %s', (_group, rows) => {
  it.each(rows)('%s', async (_name, response, outcome) => {
    const { server, tokens } = await openScene();
    server.failWith(faultOf(response));
    if (outcome === 'over') {
      expect(await rejectionOf(tokens.getToken())).toMatchObject({
        code: codes.invalidResponse,
        retryable: true,
        message: expect.stringContaining('the token has expired') as unknown,
      });
    } else {
      await tokens.getToken();
      expect(tokens.remainingMs).toBe(outcome);
    }
  });
});

describe('a response whose date is 10 minutes behind', () => {
  const old: Answer = { dateMs: -10 * minute, expiresIn: 300 };

  it('is as old as it was kept for when it comes again', async () => {
    const { server, clock, tokens } = await openScene();
    server.failWith(faultOf(old));
    await tokens.getToken();
    await clock.advance(100 * second);
    await tokens.getToken({ forceRefresh: true });
    expect(tokens.remainingMs).toBe(200 * second);
  });

  it('is rejected once it has been kept for longer than the token lives', async () => {
    const { server, clock, tokens } = await openScene();
    server.failWith(faultOf(old));
    await tokens.getToken();
    await clock.advance(300 * second);
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: codes.invalidResponse,
      message: expect.stringContaining(
        "0 s of life, and the response was 300 s old; this host's clock is 600 s ahead of the server's clock",
      ) as unknown,
    });
  });

  it('reports by how much the host is ahead, with the token', async () => {
    const { server, tokens } = await openScene();
    server.failWith(faultOf(old));
    const aheadMs: unknown[] = [];
    tokens.on('tokenRefreshed', ({ hostAheadMs }) => aheadMs.push(hostAheadMs));
    await tokens.getToken();
    expect(aheadMs).toEqual([10 * minute]);
  });
});
