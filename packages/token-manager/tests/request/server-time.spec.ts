import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/request/retry-after.ts';
import { type ResponseClock, httpDateMs, ServerTime } from '../../src/request/server-time.ts';

const second = 1_000;
/** The host's wall clock when the first request is sent. */
const hostNowMs = Date.UTC(2026, 0, 1);

const inSeconds = (offset: number): string => String(hostNowMs / second + offset);
const date = (offsetMs: number): string => new Date(hostNowMs + offsetMs).toUTCString();

describe('a response that says how old it is', () => {
  const read = (headers: Record<string, string>): ResponseClock =>
    new ServerTime().read({ headers: new Headers(headers), text: '' }, { wallMs: hostNowMs, monotonicMs: 0 });

  it.each<readonly [string, number]>([
    ['7', 7 * second],
    ['999999999', 999_999_999 * second],
    ['1234567890', 0],
    ['7 s', 0],
    ['about 7', 0],
    ['seven', 0],
    ['-1', 0],
  ])('is as old as that, where it is a number of seconds: "%s"', (age, ageMs) => {
    expect(read({ age })).toEqual({ ageMs, serverNowMs: undefined });
  });

  it('was made so long before the time that the server has now', () => {
    expect(read({ age: '7', date: date(-7 * second) })).toEqual({
      ageMs: 7 * second,
      serverNowMs: hostNowMs,
    });
  });

  it.each([-3_600_000, -59_000, 3_600_000])(
    'is of now without a word, whatever its date: %i ms beside',
    (offsetMs) => {
      expect(read({ date: date(offsetMs) })).toEqual({ ageMs: 0, serverNowMs: hostNowMs + offsetMs });
    },
  );

  it('is of now without a word and a date', () => {
    expect(read({})).toEqual({ ageMs: 0, serverNowMs: undefined });
  });
});

describe('a second response', () => {
  const readTwice = (second: { readonly dateMs: number; readonly text: string }): ResponseClock => {
    const time = new ServerTime();
    const response = (dateMs: number, text: string) => ({
      headers: new Headers({ date: date(dateMs) }),
      text,
    });
    time.read(response(0, 'first'), { wallMs: hostNowMs, monotonicMs: 0 });
    return time.read(response(second.dateMs, second.text), {
      wallMs: hostNowMs + 20_000,
      monotonicMs: 19_000,
    });
  };

  it.each<readonly [string, number, string, number]>([
    ['is kept for as long as the clock says that says more, when it is the first again', 0, 'first', 20_000],
    ['is new with another date', 1_000, 'first', 0],
    ['is new with another body', 0, 'second', 0],
  ])('%s', (_name, dateMs, text, ageMs) => {
    expect(readTwice({ dateMs, text })).toEqual({ ageMs, serverNowMs: hostNowMs + dateMs + ageMs });
  });
});

describe('a date', () => {
  it('is read in the form that HTTP prescribes', () => {
    expect(httpDateMs('Thu, 01 Jan 2026 00:00:00 GMT')).toBe(hostNowMs);
  });

  it.each([
    '2026-01-01T00:00:00Z',
    '-5',
    'Thu, 01 Jan 2026 00:00:00 GMT+1',
    'Thu, 01 Jan 2026 00:00 GMT',
    'Thu, 99 Jan 2026 00:00:00 GMT',
  ])('is none otherwise: "%s"', (text) => {
    expect(httpDateMs(text)).toBeUndefined();
  });
});

describe('the wait that a rejection asks for', () => {
  const waitOf = (status: number, headers: Record<string, string>): number | undefined =>
    retryAfterMs(status, new Headers(headers), hostNowMs);

  it.each<readonly [string, number, Record<string, string>, number | undefined]>([
    ['none', 429, {}, undefined],
    ['a date by the host’s clock, where the server tells none', 503, { 'retry-after': date(9_000) }, 9_000],
    ['words, which are none', 503, { 'retry-after': 'soon' }, undefined],
    ['a number with a tail, which is none', 503, { 'retry-after': '7s' }, undefined],
    ['a number with a head, which is none', 503, { 'retry-after': '+7' }, undefined],
    ['Retry-After, which comes before a reset', 429, { 'retry-after': '7', 'x-ratelimit-reset': '9' }, 7_000],
    ['a reset in seconds', 429, { 'x-ratelimit-reset': '999999999' }, 999_999_999_000],
    ['none from a reset of anything but a 429', 503, { 'x-ratelimit-reset': '9' }, undefined],
    ['a second of the epoch that has passed', 429, { 'x-ratelimit-reset': '1000000000' }, 0],
    ['a reset in words, which is none', 429, { 'x-rate-limit-reset': 'soon' }, undefined],
    ['a second of the epoch (Auth0)', 429, { date: date(0), 'x-ratelimit-reset': inSeconds(30) }, 30_000],
    ['a second of the epoch (Okta)', 429, { date: date(0), 'x-rate-limit-reset': inSeconds(45) }, 45_000],
    ['a reset of the first drafts', 429, { 'ratelimit-remaining': '0', 'ratelimit-reset': '35' }, 35_000],
    ['a moment that has passed', 429, { date: date(0), 'retry-after': date(-9_000) }, 0],
    ['Retry-After before a limit', 429, { 'retry-after': '7', ratelimit: '"default";r=0;t=30' }, 7_000],
    ['none from a limit of anything but a 429', 503, { ratelimit: '"default";r=0;t=30' }, undefined],
    [
      'the quota of an Auth0 client',
      429,
      { 'auth0-client-quota-limit': 'b=per_hour;r=0;t=90,b=per_day;r=12;t=7000' },
      90_000,
    ],
  ])('is %s', (_name, status, headers, expected) => {
    expect(waitOf(status, headers)).toBe(expected);
  });

  it.each<readonly [limit: string, policy: string, seconds: number | undefined]>([
    ['"default";r=0;t=30', '"default";q=10;w=60', 30],
    ['"burst";r=0;t=20, "day";r=0;t=400', '', 400],
    ['"burst";r=0;t=20, "day";r=7;t=400', '', 20],
    ['"burst";r=0;t=20, "day";t=400', '', 400],
    ['"burst";r=0', '"day";q=99;w=400, "burst";q=10;w=50', 50],
    ['limit=10, remaining=0, reset=40', '10;w=60', 40],
    ['', '"day";q=99;w=500, "burst";q=10;w=50', 50],
    ['"odd";r=0;t=-3', '', undefined],
    ['', '', undefined],
  ])('is that of RateLimit: %s, RateLimit-Policy: %s', (ratelimit, policy, seconds) => {
    const waitMs = waitOf(429, { ratelimit, 'ratelimit-policy': policy });
    expect(waitMs).toBe(seconds === undefined ? undefined : seconds * second);
  });
});
