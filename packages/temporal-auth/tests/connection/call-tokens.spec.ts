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

describe('a new token, while the one before is accepted', () => {
  beforeEach(() => {
    calls.accepted('old', 'start');
    tokens.current = 'new';
  });

  it('is carried by the next call', () => {
    expect(calls.next()).toBe('new');
  });

  it('has a rejected call repeated with the one before, and no other token asked for', async () => {
    expect(await calls.rejected('new', 'start')).toBe('old');
    expect(calls.next()).toBe('old');
    expect(tokens.requests).toEqual([]);
  });

  it('is tried again by one call after 0.5, 1, 2, 4 and 4 s', async () => {
    void calls.rejected('new', 'start');
    for (const waitMs of [500, 1_000, 2_000, 4_000, 4_000]) {
      await clock.advance(waitMs - 1);
      expect(calls.next()).toBe('old');
      await clock.advance(1);
      expect([calls.next(), calls.next()]).toEqual(['new', 'old']);
      void calls.rejected('new', 'start');
    }
  });

  it('is carried by all from when it is accepted, also after a late answer about the one before', () => {
    void calls.rejected('new', 'start');
    calls.accepted('new', 'start');
    expect(calls.next()).toBe('new');
    calls.accepted('old', 'start');
    expect(calls.next()).toBe('new');
  });

  it('takes over when the one before is rejected too', async () => {
    void calls.rejected('new', 'start');
    expect(await calls.rejected('old', 'start')).toBe('new');
  });
});

describe('tokens of which none was accepted yet', () => {
  it('age beside each other: the oldest first, the newest in a repetition', async () => {
    expect(calls.rejected('old', 'start')).toBeUndefined();
    tokens.current = 'new';
    expect(calls.next()).toBe('new');
    expect(await calls.rejected('new', 'start')).toBe('old');
    expect(calls.next()).toBe('old');
    expect(await calls.rejected('old', 'start')).toBe('new');
    calls.accepted('old', 'start');
    expect(calls.next()).toBe('old');
  });

  it('are none while the source has none', () => {
    tokens.current = undefined;
    expect(calls.next()).toBeUndefined();
  });
});

it('an accepted token that is rejected is replaced for the call', async () => {
  calls.accepted('old', 'start');
  const another = calls.rejected('old', 'start');
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
