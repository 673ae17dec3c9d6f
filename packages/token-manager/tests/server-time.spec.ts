import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../src/retry-after.ts';
import { type AnswerTime, httpDateMs, ServerTime } from '../src/server-time.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The host's wall clock when the first request is sent; its monotonic clock is of another beginning. */
const hostNowMs = Date.UTC(2026, 0, 1);
const monotonicStartMs = 5_000_000;

const date = (offsetMs: number): string => new Date(hostNowMs + offsetMs).toUTCString();

/** Reads an answer that was asked for `passedMs` after the first, and is dated so far beside the host's clock of the first. */
function readAfter(time: ServerTime, passedMs: number, dateMs: number): AnswerTime {
  const sentAt = { wallMs: hostNowMs + passedMs, monotonicMs: monotonicStartMs + passedMs };
  return time.read(new Headers({ date: date(dateMs) }), sentAt);
}

describe('one answer', () => {
  it.each<readonly [string, number, AnswerTime]>([
    ['a minute behind is of now', -minute, { ageMs: 0, serverNowMs: -minute, isHostClockBelieved: true }],
    [
      'a second more than that was kept by a cache',
      -minute - second,
      { ageMs: minute + second, serverNowMs: 0, isHostClockBelieved: true },
    ],
    ['an hour behind was kept by a cache', -hour, { ageMs: hour, serverNowMs: 0, isHostClockBelieved: true }],
    [
      'a second more than that shows a clock that is wrong',
      -hour - second,
      { ageMs: 0, serverNowMs: -hour - second, isHostClockBelieved: false },
    ],
    ['an hour ahead is of now', hour, { ageMs: 0, serverNowMs: hour, isHostClockBelieved: true }],
    [
      'a second more ahead shows a clock that is wrong',
      hour + second,
      { ageMs: 0, serverNowMs: hour + second, isHostClockBelieved: false },
    ],
  ])('that is %s', (_name, dateMs, expected) => {
    const { serverNowMs = NaN, ...rest } = readAfter(new ServerTime(), 0, dateMs);
    expect({ ...rest, serverNowMs: serverNowMs - hostNowMs }).toEqual(expected);
  });
});

describe('an answer that says how old it is', () => {
  const read = (headers: Record<string, string>): AnswerTime =>
    new ServerTime().read(new Headers(headers), { wallMs: hostNowMs, monotonicMs: 0 });

  it.each<readonly [string, number]>([
    ['7', 7 * second],
    ['999999999', 999_999_999 * second],
    ['1234567890', 0],
    ['7 s', 0],
    ['about 7', 0],
    ['seven', 0],
  ])('is as old as that, where it is a number of seconds: "%s"', (age, ageMs) => {
    expect(read({ age })).toEqual({ ageMs, serverNowMs: undefined, isHostClockBelieved: true });
  });

  it('was made so long before the time that the server has now', () => {
    expect(read({ age: '7', date: date(-7 * second) })).toEqual({
      ageMs: 7 * second,
      serverNowMs: hostNowMs,
      isHostClockBelieved: true,
    });
  });

  it('is of now without a word', () => {
    expect(read({})).toEqual({ ageMs: 0, serverNowMs: undefined, isHostClockBelieved: true });
  });
});

describe('a second answer', () => {
  const isBelieved = (passedMs: number, steppedMs: number): boolean => {
    const time = new ServerTime();
    readAfter(time, 0, -10 * minute);
    return readAfter(time, passedMs, -10 * minute + steppedMs).isHostClockBelieved;
  };

  it.each<readonly [string, number, number, boolean]>([
    ['in step', 20, 20, false],
    ['3 s too late', 20, 23, false],
    ['3 s too early', 20, 17, false],
    ['4 s too late', 20, 24, true],
    ['4 s too early', 20, 16, true],
    ['of the same date, as a cache gives it', 2, 0, true],
    ['further back, out of another cache', 20, -20, true],
  ])('%s: the clock is believed: %s s later by %s s: %s', (_name, passed, stepped, expected) => {
    expect(isBelieved(passed * second, stepped * second)).toBe(expected);
  });

  it('shows a lead that the third, which has another, does not share', () => {
    const time = new ServerTime();
    readAfter(time, 0, -10 * minute);
    readAfter(time, 20 * second, -10 * minute + 20 * second);
    const at = (leadMs: number): boolean =>
      readAfter(time, 20 * second, 20 * second - leadMs).isHostClockBelieved;
    expect(at(10 * minute + 3 * second)).toBe(false);
    expect(at(10 * minute + 30 * second)).toBe(true);
    // A clock that has been set right meanwhile.
    expect(at(0)).toBe(true);
  });

  it('shows a lead from which later ones may differ by 3 s', () => {
    const time = new ServerTime();
    readAfter(time, 0, -10 * minute);
    readAfter(time, 20 * second, -10 * minute + 20 * second);
    const leads = [610, 603, 612, 604].map((leadSeconds) => {
      return readAfter(time, 20 * second, (20 - leadSeconds) * second).isHostClockBelieved;
    });
    expect(leads).toEqual([true, false, true, true]);
  });

  it('in step shows no lead where the clocks agree', () => {
    const time = new ServerTime();
    readAfter(time, 0, -minute);
    expect(readAfter(time, 20 * second, -40 * second).isHostClockBelieved).toBe(true);
  });
});

describe('a date', () => {
  it('is read in the form that HTTP prescribes', () => {
    expect(httpDateMs('Thu, 01 Jan 2026 00:00:00 GMT')).toBe(hostNowMs);
  });

  it.each([
    ' Thu, 01 Jan 2026 00:00:00 GMT',
    'Thu, 01 Jan 2026 00:00:00 GMT+1',
    'thu, 01 Jan 2026 00:00:00 GMT',
    'Thu, 1 Jan 2026 00:00:00 GMT',
    'Thu, 01 Jan 26 00:00:00 GMT',
    'Thu, 01 Jan 2026 0:00:00 GMT',
    'Thu, 01 Jan 2026 00:00 GMT',
    'Thu, 99 Jan 2026 00:00:00 GMT',
    'Thu, 01 Foo 2026 00:00:00 GMT',
  ])('is none otherwise: "%s"', (text) => {
    expect(httpDateMs(text)).toBeUndefined();
  });
});

describe('the wait that a refusal asks for', () => {
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
  ])('is %s', (_name, status, headers, expected) => {
    expect(waitOf(status, headers)).toBe(expected);
  });
});
