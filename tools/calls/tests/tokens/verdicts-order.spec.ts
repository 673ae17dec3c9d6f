import { beforeEach, describe, expect, it } from 'vitest';
import { ByToken, type Everywhere } from '../../src/tokens/learnt.ts';
import { ConnectionVerdicts } from '../../src/tokens/token-replacement.ts';
import type { ScopeVerdicts } from '../../src/tokens/verdicts.ts';

let everywhere: Everywhere;
let connection: ConnectionVerdicts;
let scope: ScopeVerdicts;
let other: ScopeVerdicts;
let elsewhere: ScopeVerdicts;
let nowMs: number;

beforeEach(() => {
  everywhere = { acceptedAnywhereMs: new ByToken(), rejectedAnywhereMs: new ByToken() };
  connection = new ConnectionVerdicts(everywhere);
  scope = connection.scope('default', 'start');
  other = connection.scope('default', 'describe');
  elsewhere = new ConnectionVerdicts(everywhere).scope('default', 'start');
  nowMs = 1_000_000;
});

const known = (...valid: readonly string[]) => ({ valid, newest: valid.at(-1) ?? '' });
const accept = (token: string, by = scope, sentMs = nowMs): void => {
  by.accepted(token, sentMs, nowMs);
};
const reject = (token: string, by = scope, sentMs = nowMs): boolean | undefined =>
  by.rejected([token], sentMs, known(token), nowMs);
/** The token that a call is sent with. */
const send = (...valid: readonly string[]): string => {
  const token = scope.next(known(...valid), nowMs);
  scope.sent(token, known(...valid), nowMs);
  return token;
};

describe('the tokens for a call', () => {
  it('are in the order in which they are likely to be accepted', () => {
    reject('doubted, accepted on another connection');
    accept('doubted, accepted on another connection', elsewhere);
    accept('accepted by another scope, rejected');
    reject('accepted by another scope, rejected');
    reject('the first to age');
    reject('the next to age', elsewhere);
    for (const answer of [accept, reject, accept]) answer('accepted by turns');
    accept('accepted by another scope', other);
    accept('accepted on another connection', elsewhere);
    accept('accepted');
    const order = [
      'accepted',
      'accepted by turns',
      'accepted by another scope',
      'accepted on another connection',
      'untried, and newer',
      'untried',
      'the first to age',
      'the next to age',
      'doubted, accepted on another connection',
      'accepted by another scope, rejected',
    ];
    const valid = [
      ...['the first to age', 'untried', 'accepted by turns', 'doubted, accepted on another connection'],
      ...['the next to age', 'accepted by another scope', 'accepted by another scope, rejected'],
      ...['untried, and newer', 'accepted on another connection', 'accepted'],
    ];
    expect(scope.likeliest(known(...valid), nowMs)).toEqual(order);
  });

  it('begin with the newest alone when it is its time', () => {
    accept('old');
    for (const token of ['aged', 'new']) reject(token);
    nowMs += 499;
    expect(scope.likeliest(known('aged', 'old', 'new'), nowMs)).toEqual(['old', 'aged', 'new']);
    nowMs += 1;
    expect(scope.likeliest(known('aged', 'old', 'new'), nowMs)).toEqual(['new', 'old', 'aged']);
    expect(scope.likeliest(known('old', 'new', 'aged'), nowMs)).toEqual(['aged', 'old', 'new']);
  });

  it('have no time at which a doubted one is tried', () => {
    accept('old');
    accept('new');
    reject('new');
    nowMs += 600_000;
    expect(send('old', 'new')).toBe('old');
  });

  it('leave the time of the next trial where it is while others are carried', () => {
    for (const token of ['older', 'old']) accept(token);
    reject('new');
    for (const waitMs of [200, 200]) {
      nowMs += waitMs;
      expect(send('older', 'old', 'new')).toBe('old');
    }
    nowMs += 100;
    expect(send('dead', 'old', 'new')).toBe('new');
    expect(send('dead', 'old', 'new')).toBe('old');
  });
});

it('what an answer says counts by when its call was sent', () => {
  reject('new');
  accept('new', scope, nowMs - 1);
  expect(scope.rejects('new')).toBe(true);
  accept('new');
  expect([scope.accepts('new'), scope.rejects('new')]).toEqual([true, false]);
  reject('new', scope, nowMs - 1);
  expect(scope.accepts('new')).toBe(true);
});

describe('a call that was rejected', () => {
  it('is sent with the newest once more while that has not helped for 4 s, and with another one first where it is not the newest', () => {
    for (const token of ['old', 'new']) accept(token);
    nowMs += 3_999;
    reject('new');
    expect(scope.again(['new'], known('old', 'new'), nowMs)).toBe('new');
    expect(scope.again(['new', 'new'], known('old', 'new'), nowMs)).toBe('old');
    expect(scope.again(['new'], known('new', 'old'), nowMs)).toBe('old');
  });

  it('is sent with another one at once where its own has helped', () => {
    for (const token of ['old', 'new']) accept(token);
    nowMs += 4_000;
    expect(reject('new')).toBe(true);
    expect(scope.again(['new'], known('old', 'new'), nowMs)).toBe('old');
  });

  it('is sent with the newest next, which nobody has rejected, as an older one is likely to be revoked too', () => {
    for (const token of ['old', 'new']) accept(token);
    nowMs += 4_000;
    reject('new');
    const tokens = known('old', 'new', 'newest');
    // One call tries it.
    expect([send(...tokens.valid), scope.again(['new'], tokens, nowMs)]).toEqual(['newest', 'newest']);
    reject('aged');
    expect(scope.again(['aged'], known('aged', 'old', 'newest'), nowMs)).toBe('old');
    reject('newest', elsewhere);
    expect(scope.again(['new'], tokens, nowMs)).toBe('old');
    accept('newest', elsewhere);
    expect(scope.again(['new'], tokens, nowMs)).toBe('newest');
  });

  it('is not sent with the same one half a minute after that was accepted', () => {
    accept('new');
    nowMs += 29_999;
    reject('new');
    expect(scope.again(['new'], known('new'), nowMs)).toBe('new');
    nowMs += 1;
    expect(scope.again(['new'], known('new'), nowMs)).toBeUndefined();
  });

  it('is sent twice with one that is accepted meanwhile, and not three times', () => {
    reject('old');
    accept('old');
    const tried = ['old', 'new'];
    reject('new');
    expect(scope.again(tried, known('old', 'new'), nowMs)).toBe('old');
    expect(scope.again(['old', 'old'], known('old', 'new'), nowMs)).toBe('new');
  });
});

describe('another token', () => {
  it('is wanted at once for a denied scope, whatever was asked for others that accept', () => {
    accept('new');
    scope.asked(nowMs);
    reject('new', other);
    nowMs += 1;
    accept('new');
    expect(other.isDenied(nowMs)).toBe(true);
    expect(reject('new', other)).toBe(false);
    other.asked(nowMs);
    nowMs += 599_999;
    expect(reject('new', other)).toBeUndefined();
    nowMs += 1;
    expect(reject('new', other)).toBe(false);
  });

  const none = undefined;
  it.each([
    ['each ten minutes where others accept the last one', () => [elsewhere], [none, none, none, none, false]],
    [
      'a minute after others did so last',
      (turn = 0) => [elsewhere].slice(turn),
      [none, none, none, false, false],
    ],
    ['after 10 s where nobody does', () => [], [none, false, false, false, false]],
    ['at once where another scope of it does', () => [other], [false, false, false, false, false]],
  ])('is wanted for a namespace that rejects, %s', (_when, by, wanted) => {
    accept('second');
    nowMs += 4_000;
    expect(reject('second')).toBe(true);
    scope.asked(nowMs);
    const isWanted = [1, 10_000, 49_999, 1, 539_999].map((waitMs, turn) => {
      nowMs += waitMs;
      for (const taker of by(turn)) accept('third', taker);
      return scope.rejected(['second', 'third'], nowMs, known('second', 'third'), nowMs);
    });
    expect(isWanted).toEqual(wanted);
  });
});

describe('a question', () => {
  it('for the token of a call leaves the trial of a new one to the call that is sent with it', () => {
    accept('old');
    const ask = () => scope.next(known('old', 'new'), nowMs);
    expect([ask(), ask()]).toEqual(['new', 'new']);
    scope.sent('old', known('old', 'new'), nowMs);
    expect([send('old', 'new'), ask()]).toEqual(['new', 'old']);
  });

  it('whether a scope is denied is answered as if it had been asked all the time', () => {
    reject('new', other);
    nowMs += 1;
    accept('new');
    nowMs += 1;
    reject('new', other);
    expect(other.isDenied(nowMs)).toBe(true);
    accept('new', other);
    expect(other.isDenied(nowMs)).toBe(false);
  });
});

describe('a scope is denied', () => {
  it('by one token that another scope accepts afterwards, not at the same time', () => {
    reject('dead', other);
    reject('new', other);
    accept('new');
    expect(other.isDenied(nowMs)).toBe(false);
    nowMs += 1;
    accept('new');
    expect(other.isDenied(nowMs)).toBe(true);
  });

  it('when others accept for 15 s, not when they last did so as its rejections began', () => {
    accept('new', other);
    nowMs += 1;
    accept('new');
    reject('new', other);
    nowMs += 15_000;
    expect(other.isDenied(nowMs)).toBe(false);
    accept('new');
    expect(other.isDenied(nowMs)).toBe(true);
    expect(scope.isDenied(nowMs)).toBe(false);
  });
});

it('a token that was accepted by turns is doubted half a minute after it was accepted last', () => {
  for (const answer of [accept, reject, accept]) answer('new');
  nowMs += 29_999;
  reject('new');
  expect(scope.again(['new'], known('new'), nowMs)).toBe('new');
  nowMs += 1;
  reject('new');
  expect(scope.again(['new'], known('new'), nowMs)).toBeUndefined();
});
