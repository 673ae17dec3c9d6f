import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallTokens } from '../../src/connection/call-tokens.ts';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

let clock: FakeClock;
let tokens: ScriptedTokens;
let calls: CallTokens;

beforeEach(() => {
  clock = new FakeClock();
  tokens = new ScriptedTokens('old');
  calls = new CallTokens(new TokenReplacement(tokens, clock));
});

/** A call is rejected with these, the last one now. */
function rejected(...tried: readonly [string, ...string[]]): Promise<string | undefined> | undefined {
  return calls.rejected(tried.at(-1) ?? '', 'start', tried);
}

describe('a new token, while the one before is accepted', () => {
  beforeEach(() => {
    calls.accepted('old', 'start');
    tokens.current = 'new';
  });

  it('is carried by the next call', () => {
    expect(calls.next()).toBe('new');
  });

  it('has a rejected call repeated with the one before, and no other token asked for', async () => {
    expect(await rejected('new')).toBe('old');
    expect(calls.next()).toBe('old');
    await clock.advance(11_000);
    void rejected('new');
    expect(tokens.requests).toEqual([]);
  });

  it('is tried again by one call after 0.5, 1, 2, 4 and 4 s', async () => {
    void rejected('new');
    for (const waitMs of [500, 1_000, 2_000, 4_000, 4_000]) {
      await clock.advance(waitMs - 1);
      expect(calls.next()).toBe('old');
      await clock.advance(1);
      expect([calls.next(), calls.next()]).toEqual(['new', 'old']);
      void rejected('new');
    }
  });

  it('is carried by all from when it is accepted, also after a late answer about the one before', () => {
    void rejected('new');
    calls.accepted('new', 'start');
    expect(calls.next()).toBe('new');
    calls.accepted('old', 'start');
    expect(calls.next()).toBe('new');
  });

  it('is carried by all from when an answer about it comes, though there is a newer one', () => {
    void rejected('new');
    tokens.current = 'newer';
    void rejected('newer');
    calls.accepted('new', 'start');
    expect(calls.next()).toBe('new');
  });

  it('has a call repeated with what this connection accepted, whatever others did', async () => {
    calls.replacement.accepted('of another', 'start');
    expect(await rejected('new')).toBe('old');
  });

  it('has a call that is rejected with both repeated with one that has aged', async () => {
    void rejected('new');
    tokens.current = 'newer';
    void rejected('newer');
    expect(await rejected('newer', 'old')).toBe('new');
  });

  it('takes over when the one before is rejected too', async () => {
    void rejected('new');
    expect(await rejected('old')).toBe('new');
  });
});

describe('tokens of which none was accepted yet', () => {
  it('age beside each other: the oldest first, the newest in a repetition', async () => {
    expect(rejected('old')).toBeUndefined();
    tokens.current = 'new';
    expect(calls.next()).toBe('new');
    expect(await rejected('new')).toBe('old');
    expect(calls.next()).toBe('old');
    expect(await rejected('old')).toBe('new');
    calls.accepted('old', 'start');
    expect(calls.next()).toBe('old');
  });

  it('are tried from the newest on in a repetition: the oldest may have expired', async () => {
    for (const token of ['1', '2', '3']) {
      tokens.current = token;
      void rejected(token);
    }
    expect(await rejected('3')).toBe('2');
  });

  it('are none while the source has none, which is asked by the call itself', () => {
    tokens.current = undefined;
    expect([calls.next(), tokens.asked]).toEqual([undefined, 0]);
  });

  it('are the newest five', () => {
    for (const token of ['1', '2', '3', '4', '5', '6']) {
      tokens.current = token;
      void rejected(token);
    }
    expect(calls.next()).toBe('2');
  });

  it('are forgotten when a later one is accepted', async () => {
    for (const token of ['old', 'newer', 'newest']) {
      tokens.current = token;
      void rejected(token);
    }
    calls.accepted('newer', 'start');
    expect(calls.next()).toBe('newer');
    expect(await rejected('newest', 'newer')).toBe('newer');
  });

  it('give way to one that is accepted by a late answer', () => {
    tokens.current = 'new';
    void rejected('new');
    calls.accepted('old', 'start');
    expect(calls.next()).toBe('old');
  });

  it('give way to one that another connection has proven', async () => {
    const replacement = new TokenReplacement(tokens, clock);
    replacement.accepted('proven', 'start');
    expect(await new CallTokens(replacement).rejected('old', 'start', ['old'])).toBe('proven');
  });
});

it('an accepted token that is rejected is replaced for the call', async () => {
  calls.accepted('old', 'start');
  calls.accepted('old', 'start');
  const another = rejected('old');
  tokens.give('new');
  expect(await another).toBe('new');
  expect(calls.next()).toBe('new');
});

it('lets the source see whether a token is due: at the first call, and each half second at most', async () => {
  const getToken = vi.spyOn(tokens, 'getToken');
  calls.next();
  calls.next();
  await clock.advance(499);
  calls.next();
  expect(getToken).toHaveBeenCalledTimes(1);
  await clock.advance(1);
  calls.next();
  calls.next();
  expect(getToken).toHaveBeenCalledTimes(2);
});

describe('a frontend whose key set lags behind the others', () => {
  beforeEach(() => {
    calls.accepted('old', 'start');
    tokens.current = 'new';
    calls.accepted('new', 'start');
  });

  it('gets the token before after the new one and another one', async () => {
    const another = rejected('new');
    tokens.give('newer');
    expect(await another).toBe('newer');
    expect(await rejected('new', 'newer')).toBe('old');
  });

  it('gets it while it is too early for another one', async () => {
    const replaced = rejected('new');
    tokens.give('newer');
    calls.accepted((await replaced) ?? '', 'another call');
    expect(await rejected('newer')).toBe('old');
  });

  it('gets two others at most', async () => {
    void rejected('new');
    tokens.give('newer');
    void rejected('new', 'newer');
    await clock.advance(30_000);
    tokens.current = 'newest';
    expect(rejected('new', 'newer', 'old')).toBeUndefined();
  });

  it('gets it at once for half a minute, and no other token is asked for', async () => {
    void rejected('new');
    tokens.give('newer');
    void rejected('new', 'newer');
    calls.accepted('old', 'start');
    calls.accepted('newer', 'start');
    await clock.advance(29_999);
    expect(await rejected('newer')).toBe('old');
    expect(tokens.requests).toHaveLength(1);
    await clock.advance(1);
    void rejected('newer');
    expect(tokens.requests).toHaveLength(2);
  });

  it('gets another one when that is rejected too', async () => {
    void rejected('new');
    calls.accepted('old', 'start');
    expect(await rejected('new')).toBe('old');
    const another = rejected('new', 'old');
    tokens.give('newer');
    expect(await another).toBe('newer');
    expect(await rejected('new')).toBe('newer');
  });

  it('is known by it, also when others accept the new one meanwhile', async () => {
    void rejected('new');
    calls.accepted('new', 'start');
    calls.accepted('old', 'start');
    expect(await rejected('new')).toBe('old');
  });

  it('is not one that takes the place of a rejected token', async () => {
    const replaced = rejected('new');
    tokens.give('newer');
    calls.accepted((await replaced) ?? '', 'start');
    expect(await rejected('newer')).toBe('newer');
    const another = rejected('newer', 'newer');
    tokens.give('newest');
    expect(await another).toBe('newest');
  });

  it('is not one where a token is rejected 5 s after it took the place of another: it was revoked', async () => {
    const replaced = rejected('new');
    tokens.give('newer');
    calls.accepted((await replaced) ?? '', 'start');
    await clock.advance(4_999);
    calls.accepted('newer', 'start');
    await clock.advance(1);
    const another = rejected('newer');
    tokens.give('newest');
    expect(await another).toBe('newest');
  });

  it('is not taken for one whose late answer is about a call of before', async () => {
    calls.accepted('old', 'start');
    const another = rejected('new');
    tokens.give('newer');
    expect(await another).toBe('newer');
  });

  it('gets it still when others came meanwhile', async () => {
    for (const token of ['newer', 'newest']) {
      tokens.current = token;
      calls.accepted(token, 'start');
    }
    void rejected('newest');
    tokens.give('another');
    expect(await rejected('newest', 'another')).toBe('old');
  });
});

describe('a token that a call of the kind was accepted with', () => {
  beforeEach(() => {
    calls.accepted('old', 'start');
  });

  it('is tried once more where there is no other, for a balancer may choose another frontend', async () => {
    const again = rejected('old');
    tokens.fail(new Error('none'));
    expect(await again).toBe('old');
    const last = rejected('old', 'old');
    tokens.fail(new Error('none'));
    expect(await last).toBeUndefined();
  });

  it('is not tried again half a minute after it was accepted', async () => {
    await clock.advance(30_000);
    const again = rejected('old');
    tokens.fail(new Error('none'));
    expect(await again).toBeUndefined();
  });

  it('is tried by turns for half a minute, a new one once before it', async () => {
    void rejected('old');
    calls.accepted('old', 'start');
    expect(await rejected('old')).toBe('old');
    tokens.current = 'new';
    expect(await rejected('new')).toBe('new');
    expect(await rejected('new', 'new')).toBe('old');
    await clock.advance(30_000);
    expect(await rejected('old')).toBe('new');
  });

  it('is replaced all the same after four repetitions, if it was accepted after a rejection', async () => {
    void rejected('old');
    calls.accepted('old', 'start');
    expect(await rejected('old', 'old', 'old', 'old')).toBe('old');
    const another = rejected('old', 'old', 'old', 'old', 'old');
    tokens.give('new');
    expect(await another).toBe('new');
  });
});
