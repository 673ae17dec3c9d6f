import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { RefusedTokens } from '../../src/tokens/token-replacement.ts';
import { rejection } from '../support/scene.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

let clock: FakeClock;
let tokens: ScriptedTokens;
let refused: RefusedTokens;

beforeEach(() => {
  clock = new FakeClock();
  tokens = new ScriptedTokens('token 0');
  refused = RefusedTokens.of(tokens, clock);
});

/** The current token is refused, and replaced when that is not too early; gives whether it was. */
async function refuse(): Promise<boolean> {
  const another = refused.another(tokens.current ?? '');
  if (another === undefined) return false;
  tokens.give(`token ${tokens.requests.length}`);
  expect(await another).toBe(tokens.current);
  return true;
}

/** Expects that the next refusal brings another token after so many milliseconds, and no earlier. */
async function expectTooEarlyFor(ms: number): Promise<void> {
  await clock.advance(ms - 1);
  expect(await refuse()).toBe(false);
  await clock.advance(1);
  expect(await refuse()).toBe(true);
}

describe('another token in place of a refused one', () => {
  it('is requested once for all who were refused with the same', async () => {
    const all = [refused.another('token 0'), refused.another('token 0')];
    tokens.give('token 1');
    for (const another of all) expect(await another).toBe('token 1');
    expect(tokens.requests).toEqual([{ rejectedToken: 'token 0' }]);
  });

  it('is the one that everybody has by now, if it is another', async () => {
    expect(await refused.another('an older one')).toBe('token 0');
    expect(tokens.requests).toEqual([]);
  });

  it('is requested where there is none at the moment', async () => {
    tokens.current = undefined;
    const another = refused.another('token 0');
    tokens.give('token 1');
    expect(await another).toBe('token 1');
  });

  it('is requested anew for a token that is refused while one is awaited for the token before', async () => {
    void refused.another('token 0');
    tokens.current = 'token 1';
    const another = refused.another('token 1');
    tokens.give('token 2');
    expect(await another).toBe('token 2');
    expect(tokens.requests).toEqual([{ rejectedToken: 'token 0' }, { rejectedToken: 'token 1' }]);
  });

  it('comes after waits that double up to a minute while new tokens are refused too', async () => {
    expect(await refuse()).toBe(true);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) await expectTooEarlyFor(seconds * 1_000);
  });

  it('comes at once, with the shortest wait after it, when the last was two minutes ago', async () => {
    await refuse();
    await expectTooEarlyFor(1_000);
    await clock.advance(120_000);
    expect(await refuse()).toBe(true);
    await expectTooEarlyFor(1_000);
  });

  it('comes with a longer wait after it when the last was less than two minutes ago', async () => {
    await refuse();
    await clock.advance(119_999);
    expect(await refuse()).toBe(true);
    await expectTooEarlyFor(2_000);
  });

  it('that could not be had makes nobody wait, and is requested again by the next', async () => {
    const failed = rejection(refused.another('token 0') as Promise<string>);
    const error = new Error('down');
    tokens.fail(error);
    expect(await failed).toBe(error);
    expect(await refuse()).toBe(true);
  });
});

describe('what was refused', () => {
  it('is one matter for all who have tokens of the same source', () => {
    expect(RefusedTokens.of(tokens, clock)).toBe(refused);
    expect(RefusedTokens.of(new ScriptedTokens(), clock)).not.toBe(refused);
  });

  it('is told to those who listen, until they leave', () => {
    const told: string[] = [];
    const leave = refused.onRefused((token) => told.push(token));
    refused.report('token 0');
    leave();
    refused.report('token 1');
    expect(told).toEqual(['token 0']);
  });
});
