import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';
import type { ScopeVerdicts } from '../../src/tokens/verdicts.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

let clock: FakeClock;
let tokens: ScriptedTokens;
let replacement: TokenReplacement;
let scope: ScopeVerdicts;

beforeEach(() => {
  clock = new FakeClock();
  tokens = new ScriptedTokens('token 0');
  replacement = new TokenReplacement(tokens, clock);
  scope = replacement.connection().scope('default', 'start');
});

function accept(): void {
  replacement.accepted(scope, tokens.current ?? '', clock.monotonicNow());
}

function reject(token = tokens.current ?? ''): Promise<string> | undefined {
  return replacement.rejected(scope, [token], clock.monotonicNow());
}

/** The current token is accepted, and helps. */
async function help(): Promise<void> {
  accept();
  await clock.advance(4_000);
}

describe('a token that has helped, and is rejected', () => {
  it('is replaced at once, and the source hears that it had helped', async () => {
    for (let token = 1; token <= 2; token++) {
      await help();
      const another = reject();
      tokens.give(`token ${token}`);
      expect(await another).toBe(`token ${token}`);
    }
    expect(tokens.requests[0]).toEqual({ rejectedToken: 'token 0', rejectedAs: 'revoked' });
  });

  it('is replaced once for all who were rejected with it', async () => {
    await help();
    const another = reject();
    expect(reject()).toBe(another);
    expect(tokens.requests).toHaveLength(1);
    tokens.give('token 1');
    expect(await another).toBe('token 1');
  });

  it('is asked for again after 30 s without an answer', async () => {
    await help();
    void reject();
    await clock.advance(29_999);
    void reject();
    expect(tokens.requests).toHaveLength(1);
    await clock.advance(1);
    void reject();
    expect(tokens.requests).toHaveLength(2);
  });

  it('is refreshed by its source where all are over', async () => {
    accept();
    tokens.current = undefined;
    const another = reject('token 0');
    expect(tokens.requests).toEqual([{}]);
    tokens.give('token 1');
    expect(await another).toBe('token 1');
  });
});
