import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionVerdicts, TokenReplacement } from '../../src/tokens/token-replacement.ts';
import type { ScopeVerdicts } from '../../src/tokens/verdicts.ts';
import { ScriptedTokens } from '../support/scripted-tokens.ts';

let clock: FakeClock;
let tokens: ScriptedTokens;
let replacement: TokenReplacement;
let connection: ConnectionVerdicts;
let scope: ScopeVerdicts;

beforeEach(() => {
  clock = new FakeClock();
  tokens = new ScriptedTokens('token 0');
  replacement = new TokenReplacement(tokens, clock);
  connection = replacement.connection();
  scope = connection.scope('default', 'start');
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

  it('is replaced as one of a denied scope where others accept it', async () => {
    scope.rejected(['token 0'], clock.monotonicNow(), { newest: 'token 0', valid: [] }, clock.monotonicNow());
    await clock.advance(1);
    replacement.accepted(connection.scope('default', 'describe'), 'token 0', clock.monotonicNow());
    expect(replacement.wasAccepted('token 0')).toBe(true);
    expect(scope.isDenied(clock.monotonicNow())).toBe(true);
    void reject();
    expect(tokens.requests).toEqual([{ rejectedToken: 'token 0', rejectedAs: 'denied' }]);
  });

  it('is the only one of a source that names no others', () => {
    const source = { getToken: vi.fn(), subscribe: vi.fn(), peek: () => 'token 0' };
    const { known } = new TokenReplacement(source, clock);
    expect(known).toEqual({ newest: 'token 0', valid: ['token 0'] });
  });

  it('is one of the newest fifty of a source that names more', () => {
    tokens = new ScriptedTokens();
    for (let token = 0; token < 60; token++) tokens.current = `token ${token}`;
    const { newest, valid = [] } = new TokenReplacement(tokens, clock).known ?? {};
    expect([newest, valid.length, valid[0]]).toEqual(['token 59', 50, 'token 10']);
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
