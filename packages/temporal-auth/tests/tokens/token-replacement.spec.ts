import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';
import { rejection } from '../support/scene.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

let clock: FakeClock;
let tokens: ScriptedTokens;
let replacement: TokenReplacement;

beforeEach(() => {
  clock = new FakeClock();
  tokens = new ScriptedTokens('token 0');
  replacement = new TokenReplacement(tokens, clock);
});

/** A call with the current token is rejected; gives whether that is replaced. */
async function reject(purpose = 'start'): Promise<boolean> {
  const another = replacement.rejected(tokens.current ?? '', purpose);
  if (another === undefined) return false;
  tokens.give(`token ${tokens.requests.length}`);
  expect(await another).toBe(tokens.current);
  return true;
}

/** The current token is accepted, for something else. */
function acceptElsewhere(): void {
  replacement.accepted(tokens.current ?? '', 'something else');
}

/** Expects that the next rejection brings another token after so many milliseconds, and no earlier. */
async function expectTooEarlyFor(ms: number, purpose?: string): Promise<void> {
  await clock.advance(ms - 1);
  expect(await reject(purpose)).toBe(false);
  await clock.advance(1);
  expect(await reject(purpose)).toBe(true);
}

/** Accepted tokens that are rejected one after the other, while the request in place of the first goes on. */
function rejectTwo() {
  let current = 'token 0';
  const answers: PromiseWithResolvers<string>[] = [];
  const getToken = (): Promise<string> => {
    const answer = Promise.withResolvers<string>();
    answers.push(answer);
    return answer.promise;
  };
  const source = new TokenReplacement(
    { peek: () => current, getToken, subscribe: () => () => undefined },
    clock,
  );
  source.accepted('token 0', 'start');
  const first = source.rejected('token 0', 'start');
  current = 'token 1';
  source.accepted('token 1', 'signal');
  return { source, answers, first, second: source.rejected('token 1', 'signal') };
}

describe('a token that was accepted, and is rejected', () => {
  it('is replaced at once, each time, when the new ones are accepted', async () => {
    for (let times = 0; times < 20; times++) {
      replacement.accepted(tokens.current ?? '', 'start');
      await clock.advance(5_000);
      expect(await reject()).toBe(true);
    }
  });

  it.each([
    [3_999, false],
    [4_000, true],
  ])('has helped when it was accepted %d ms before: %s', async (ms, hasHelped) => {
    for (let times = 0; times < 3; times++) {
      acceptElsewhere();
      await reject(`another ${times}`);
    }
    replacement.accepted(tokens.current ?? '', 'start');
    await clock.advance(ms);
    expect(await reject()).toBe(hasHelped);
  });

  it('has not helped the calls that it was not accepted for', async () => {
    for (let times = 0; times < 3; times++) {
      acceptElsewhere();
      await reject(`another ${times}`);
    }
    acceptElsewhere();
    await clock.advance(4_000);
    expect(await reject()).toBe(false);
  });

  it('is replaced once for all who were rejected with it', async () => {
    acceptElsewhere();
    const all = [replacement.rejected('token 0', 'start'), replacement.rejected('token 0', 'signal')];
    tokens.give('token 1');
    for (const another of all) expect(await another).toBe('token 1');
    expect(tokens.requests).toEqual([{ rejectedToken: 'token 0' }]);
  });

  it('is replaced once also when the request for the one before ends meanwhile', async () => {
    const { source, answers, first } = rejectTwo();
    answers[0]?.resolve('token 1');
    await first;
    void source.rejected('token 1', 'signal');
    expect(answers).toHaveLength(2);
  });

  it('is replaced also when the request for a later one ends first', async () => {
    const { answers, first, second } = rejectTwo();
    answers[1]?.resolve('token 2');
    expect(await second).toBe('token 2');
    answers[0]?.resolve('token 2');
    expect(await first).toBe('token 2');
  });

  it('is asked for again after 30 s without an answer, and the late answer ends no later request', async () => {
    const answers: PromiseWithResolvers<string>[] = [];
    const getToken = (): Promise<string> => {
      const answer = Promise.withResolvers<string>();
      answers.push(answer);
      return answer.promise;
    };
    const hanging = { peek: () => 'token 0', getToken, subscribe: () => () => undefined };
    const source = new TokenReplacement(hanging, clock);
    source.accepted('token 0', 'start');
    const first = source.rejected('token 0', 'start');
    await clock.advance(29_999);
    expect(source.rejected('token 0', 'start')).toBe(first);
    await clock.advance(1);
    const second = source.rejected('token 0', 'start');
    expect([second === first, answers.length]).toEqual([false, 2]);
    answers[0]?.reject(new Error('late'));
    await clock.advance(0);
    expect(source.rejected('token 0', 'start')).toBe(second);
    answers[1]?.resolve('token 1');
    expect(await second).toBe('token 1');
  });

  it('is replaced by the one that there is by now', async () => {
    expect(await replacement.rejected('an older one', 'start')).toBe('token 0');
    expect(tokens.requests).toEqual([]);
  });

  it('is replaced less and less often for a call that no token helps', async () => {
    acceptElsewhere();
    expect(await reject()).toBe(true);
    for (const seconds of [1, 2, 27, 30, 60, 60]) {
      acceptElsewhere();
      await expectTooEarlyFor(seconds * 1_000);
    }
  });

  it('is replaced at once for another call, whatever no token helps', async () => {
    acceptElsewhere();
    await reject('describe');
    acceptElsewhere();
    expect(await reject('describe')).toBe(false);
    expect(await reject('start')).toBe(true);
  });

  it('is replaced at once again when a call of the kind was accepted meanwhile', async () => {
    acceptElsewhere();
    await reject();
    acceptElsewhere();
    expect(await reject()).toBe(false);
    replacement.accepted(tokens.current ?? '', 'start');
    expect(await reject()).toBe(true);
  });

  it('is replaced at once when it is not the one that did not help', async () => {
    acceptElsewhere();
    await reject();
    tokens.give('a newer one');
    acceptElsewhere();
    expect(await reject()).toBe(true);
  });

  it('is asked for again at once when the source has failed', async () => {
    acceptElsewhere();
    const failed = rejection(replacement.rejected('token 0', 'start') as Promise<string>);
    const error = new Error('down');
    tokens.fail(error);
    expect(await failed).toBe(error);
    expect(await reject()).toBe(true);
  });
});

describe('a new token that is rejected', () => {
  it('is left to age for 10 s, and another one twice as long each time, up to 5 minutes', async () => {
    expect(await reject()).toBe(false);
    for (const seconds of [10, 20, 40, 80, 160, 300, 300]) await expectTooEarlyFor(seconds * 1_000);
  });

  it('is never replaced by nothing, where there is no token yet', () => {
    tokens.current = undefined;
    expect(replacement.rejected('an old one', 'start')).toBeUndefined();
  });

  it('is left to age anew once a token was accepted', async () => {
    await reject();
    await clock.advance(10_000);
    expect(await reject()).toBe(true);
    acceptElsewhere();
    tokens.give('a new one');
    expect(await reject()).toBe(false);
    await expectTooEarlyFor(10_000);
  });
});

it('listeners hear of each rejected token, until they leave', () => {
  const heard: string[] = [];
  const leave = replacement.onRejected((token) => heard.push(token));
  void replacement.rejected('token 0', 'start');
  leave();
  void replacement.rejected('token 1', 'start');
  expect(heard).toEqual(['token 0']);
});

describe('a frontend whose key set lags is given', () => {
  it('the token from before those of the last half minute', async () => {
    for (const [token, afterMs] of [
      ['oldest', 1_000],
      ['old', 30_000],
      ['new', 1_000],
      ['newest', 0],
    ] as const) {
      replacement.accepted(token, 'start');
      await clock.advance(afterMs);
    }
    expect([replacement.lastAccepted, replacement.acceptedBefore]).toEqual(['newest', 'old']);
  });

  it('the oldest, where all came within half a minute', () => {
    for (const token of ['oldest', 'old', 'new', 'newest']) replacement.accepted(token, 'start');
    expect(replacement.acceptedBefore).toBe('oldest');
  });

  it('the one before, however often the newest was accepted', async () => {
    for (const token of ['old', 'newest', 'newest']) {
      replacement.accepted(token, 'start');
      await clock.advance(30_000);
    }
    expect(replacement.acceptedBefore).toBe('old');
  });

  it('the oldest of the last five that were only rejected', () => {
    for (const number of [1, 2, 3, 4, 5, 6, 6]) void replacement.rejected(`new ${number}`, 'start');
    expect(replacement.besides([])).toBe('new 2');
  });

  it('no token that was accepted long before, and rejected since', async () => {
    for (const token of ['oldest', 'old', 'newest']) {
      replacement.accepted(token, 'start');
      await clock.advance(30_000);
    }
    void replacement.rejected('oldest', 'start');
    expect(replacement.besides(['newest', 'old'])).toBeUndefined();
  });
});

it('tokens of long ago are forgotten', () => {
  for (let number = 0; number < 20; number++) replacement.accepted(`token ${number}`, 'start');
  expect([replacement.isAccepted('token 0'), replacement.isAccepted('token 19')]).toEqual([false, true]);
});
