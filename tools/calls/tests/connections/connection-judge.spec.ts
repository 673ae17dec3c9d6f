import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionJudge, extraMs, gainOf, type Verdict } from '../../src/connections/connection-judge.ts';

let clock: FakeClock;
let judge: ConnectionJudge;

beforeEach(() => {
  clock = new FakeClock();
  judge = new ConnectionJudge(clock);
});

describe('a connection', () => {
  it('is not silent for 5 s after an answer', async () => {
    expect(judge.isSilent).toBe(true);
    judge.heard();
    await clock.advance(4_999);
    expect([judge.isSilent, judge.unanswered]).toEqual([false, 'unreachable']);
    await clock.advance(1);
    expect([judge.isSilent, judge.unanswered]).toEqual([true, undefined]);
  });

  it.each([
    [65_536, 0],
    [1_114_112, 21_384],
    [4_194_304, 30_000],
  ])('on which %d bytes are under way is not silent for %d ms', async (bytes, expectedMs) => {
    const call = {};
    judge.sent(call, bytes);
    expect(judge.silentInMs).toBe(expectedMs || -Infinity);
    await clock.advance(expectedMs);
    expect(judge.isSilent).toBe(true);
    judge.sent(call, bytes);
    judge.ended(call);
    expect(judge.isSilent).toBe(true);
  });

  it('in the place of another has been heard of nothing yet', () => {
    judge.heard();
    judge.sent({}, 4_194_304);
    judge.replaced();
    expect(judge.isSilent).toBe(true);
  });
});

it.each<[string | undefined, [Verdict, Verdict][]]>([
  ['silent', [[undefined, 'good']]],
  ['rejected', [['rejected', 'good'], ['good', 'good']]], // oxfmt-ignore
  [undefined, [['rejected', 'good'], ['good', 'rejected']]], // oxfmt-ignore
  [undefined, [['unreachable', 'good']]],
  [undefined, [['throttled', 'good']]],
  [undefined, [[undefined, undefined]]],
])('another connection is better, as this one is %s, where it gains and loses nothing', (gain, said) => {
  expect(gainOf(said)).toBe(gain);
});

it('a small message has no time of its own', () => {
  expect([extraMs(0), extraMs(65_600)]).toEqual([0, 1]);
});
