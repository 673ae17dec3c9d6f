import { maxTokens } from '@worker-auth/internal';
import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { ByToken, type Everywhere } from '../../src/tokens/learnt.ts';
import { ConnectionVerdicts, TokenReplacement } from '../../src/tokens/token-replacement.ts';
import type { ScopeVerdicts } from '../../src/tokens/verdicts.ts';

let everywhere: Everywhere;
let connection: ConnectionVerdicts;
let scope: ScopeVerdicts;
let nowMs: number;
/** Valid ones, the newest last. */
let valid: readonly string[];

beforeEach(() => {
  everywhere = { acceptedAnywhereMs: new ByToken(), rejectedAnywhereMs: new ByToken() };
  connection = new ConnectionVerdicts(everywhere);
  scope = connection.scope('default', 'start');
  nowMs = 0;
  valid = ['old'];
});

const tokens = () => ({ valid, newest: valid.at(-1) ?? '' });
/** The token that a call is sent with. */
const next = (by = scope): string => {
  const token = by.next(tokens(), nowMs);
  by.sent(token, tokens(), nowMs);
  return token;
};
const accepted = (token: string, by = scope, sentMs = nowMs): void => {
  by.accepted(token, sentMs, nowMs);
};
/** A call was rejected with these, with the last one now. Another is wanted in the place of one that has helped, or has not. */
const rejected = (tried: readonly string[], by = scope, sentMs = nowMs): boolean | undefined =>
  by.rejected(tried, sentMs, tokens(), nowMs);
const again = (tried: readonly string[], by = scope): string | undefined => by.again(tried, tokens(), nowMs);
const other = (method = 'describe', namespace = 'default'): ScopeVerdicts =>
  connection.scope(namespace, method);

describe('a new token, while the one before is accepted', () => {
  beforeEach(() => {
    accepted('old');
    valid = ['old', 'new'];
  });

  it('is tried by one call, and after 0.5, 1, 2, 4 and 4 s by another', () => {
    for (const waitMs of [500, 1_000, 2_000, 4_000, 4_000]) {
      expect([next(), next()]).toEqual(['new', 'old']);
      rejected(['new']);
      nowMs += waitMs === 500 ? 999 : waitMs - 1;
      if (waitMs !== 500) expect(next()).toBe('old');
      nowMs += 1;
    }
  });

  it('leaves a rejected call to the one before, and no other is wanted', () => {
    expect(rejected(['new'])).toBeUndefined();
    expect(again(['new'])).toBe('old');
    nowMs = 60_000;
    expect([rejected(['new']), rejected(['dead', 'new'])]).toEqual([undefined, undefined]);
  });

  it('is carried by all from when it is accepted, whatever a late answer says of the one before', () => {
    rejected(['new']);
    nowMs = 1;
    accepted('new');
    accepted('old', scope, 0);
    expect([next(), next()]).toEqual(['new', 'new']);
  });

  it('takes over when the one before is rejected too', () => {
    rejected(['new']);
    rejected(['new', 'old']);
    nowMs = 5_000;
    expect(next()).toBe('new');
  });

  it('is tried by all where the one before is over', () => {
    valid = ['new'];
    expect([next(), next()]).toEqual(['new', 'new']);
  });

  it('is tried in no scope while another one of the connection tries it, and once more when that accepts it', () => {
    const second = other();
    accepted('old', second);
    expect([next(), next(second)]).toEqual(['new', 'old']);
    accepted('new');
    expect(next(second)).toBe('new');
    rejected(['new'], second);
    accepted('new');
    expect(next(second)).toBe('old');
  });
});

describe('tokens of which none was accepted', () => {
  it('age beside each other: the newest, when it is its time, and then the oldest', () => {
    expect(next()).toBe('old');
    rejected(['old']);
    valid = ['old', 'new'];
    expect(next()).toBe('new');
    rejected(['new']);
    expect(again(['new'])).toBe('old');
    expect(next()).toBe('old');
    nowMs = 1_000;
    expect(next()).toBe('new');
  });

  it('have another wanted when the newest has aged for 10 s', () => {
    expect(rejected(['old'])).toBeUndefined();
    nowMs = 9_999;
    expect(rejected(['old'])).toBeUndefined();
    nowMs = 10_000;
    expect(rejected(['old'])).toBe(false);
  });

  it('are as old as their first rejection on any connection', () => {
    rejected(['old'], new ConnectionVerdicts(everywhere).scope('default', 'start'));
    nowMs = 10_000;
    expect(rejected(['old'])).toBe(false);
  });

  it('give way to one that is accepted by a late answer', () => {
    rejected(['old']);
    valid = ['old', 'new'];
    rejected(['new']);
    accepted('old');
    expect(next()).toBe('old');
  });

  it('have each call sent three times at most', () => {
    valid = ['1', '2', '3', '4'];
    for (const token of valid) rejected([token]);
    expect(again(['4', '1', '2'])).toBeUndefined();
  });
});

describe('a token that was accepted, and is rejected', () => {
  beforeEach(() => {
    accepted('old');
  });

  it('has helped after 4 s: another is wanted at once', () => {
    nowMs = 4_000;
    expect(rejected(['old'])).toBe(true);
    valid = ['old', 'new'];
    expect(again(['old'])).toBe('new');
  });

  it('is sent once more before that, and then another is wanted', () => {
    nowMs = 3_999;
    expect(rejected(['old'])).toBeUndefined();
    expect(again(['old'])).toBe('old');
    expect(rejected(['old', 'old'])).toBe(false);
    expect(again(['old', 'old'])).toBeUndefined();
  });

  it('is sent once more where there is no other, for half a minute: servers may differ', () => {
    nowMs = 29_999;
    rejected(['old']);
    expect(again(['old'])).toBe('old');
    nowMs = 30_000;
    expect(again(['old'])).toBeUndefined();
  });

  it('leaves the call to the one that was accepted before', () => {
    valid = ['old', 'new'];
    accepted('new');
    nowMs = 4_000;
    rejected(['new']);
    expect(again(['new'])).toBe('old');
    expect(next()).toBe('old');
  });

  it('is not accepted by an answer that comes late', () => {
    nowMs = 5_000;
    rejected(['old']);
    accepted('old', scope, 4_999);
    expect(scope.accepts('old')).toBe(false);
  });

  it('is sent again after another one, where others were accepted with it meanwhile', () => {
    valid = ['old', 'new'];
    rejected(['old']);
    rejected(['old', 'new']);
    expect(again(['old', 'new'])).toBeUndefined();
    accepted('old');
    expect(again(['old', 'new'])).toBe('old');
  });

  it('was not rejected by an answer that comes late', () => {
    nowMs = 5_000;
    accepted('old');
    expect(rejected(['old'], scope, 4_999)).toBeUndefined();
    expect(next()).toBe('old');
  });

  describe('and is accepted again within half a minute', () => {
    beforeEach(() => {
      nowMs = 5_000;
      rejected(['old']);
      accepted('old');
    });

    it('was not revoked: it is sent again, and no other is wanted', () => {
      expect(rejected(['old'])).toBeUndefined();
      expect(again(['old'])).toBe('old');
      expect(rejected(['old', 'old'])).toBeUndefined();
      expect(again(['old', 'old'])).toBe('old');
    });

    it('has another wanted when it is rejected five times in a row', () => {
      for (let time = 1; time < 5; time++) expect(rejected(['old'])).toBeUndefined();
      expect(rejected(['old', 'old', 'old'])).toBe(false);
      expect(again(['old', 'old', 'old'])).toBeUndefined();
    });

    it('comes after one that was accepted alone', () => {
      valid = ['before', 'old'];
      accepted('before');
      expect(next()).toBe('before');
    });

    it('is doubted half a minute later', () => {
      nowMs = 35_000;
      expect(rejected(['old'])).toBe(true);
    });

    it('is good again when that is long ago', () => {
      nowMs = 35_000;
      accepted('old');
      nowMs = 35_001;
      expect(rejected(['old'])).toBe(true);
    });
  });
});

describe('a scope that has not accepted a token', () => {
  const never = (): ScopeVerdicts => other('never');

  it('is first left to what others accept, before another is wanted: it may have been revoked', () => {
    valid = ['old', 'new'];
    accepted('old');
    accepted('new');
    expect(next(never())).toBe('new');
    expect(rejected(['new'], never())).toBeUndefined();
    expect(again(['new'], never())).toBe('old');
    expect(rejected(['new', 'old'], never())).toBe(false);
  });

  it('is denied when others accept afterwards what it rejects: two sends, another token each ten minutes', () => {
    accepted('old');
    nowMs = 1;
    expect(rejected(['old'], never())).toBe(false);
    never().asked(nowMs);
    expect(never().isDenied(nowMs)).toBe(false);
    nowMs = 2;
    accepted('old');
    expect(never().isDenied(nowMs)).toBe(true);
    nowMs = 600_000;
    expect(rejected(['old'], never())).toBeUndefined();
    nowMs = 600_001;
    expect(rejected(['old'], never())).toBe(false);
    valid = ['old', 'new'];
    expect(again(['old'], never())).toBe('new');
    expect(again(['old', 'new'], never())).toBeUndefined();
    // What is asked for one is asked for all of the namespace.
    never().asked(nowMs);
    valid = ['old'];
    rejected(['old'], other('another'));
    expect(rejected(['old', 'old'], other('another'))).toBeUndefined();
    expect(rejected(['old'], other('another', 'of-another-namespace'))).toBe(false);
  });

  it('is not denied any more once it accepts one', () => {
    rejected(['old'], never());
    nowMs = 1;
    accepted('old');
    expect(never().isDenied(nowMs)).toBe(true);
    accepted('old', never());
    expect(never().isDenied(nowMs)).toBe(false);
    rejected(['old'], never());
    accepted('old');
    expect(never().isDenied(nowMs)).toBe(false);
  });

  it('lacks a permission once another accepts a token between two that it rejects, though it has accepted others', () => {
    const elsewhere = other('describe', 'elsewhere');
    accepted('old');
    valid = ['new'];
    accepted('new', elsewhere);
    rejected(['new']);
    expect(scope.lacksPermission('new', nowMs)).toBe(false);
    nowMs += 1_000;
    // It may be accepted everywhere by now.
    accepted('new', elsewhere);
    expect(scope.lacksPermission('new', nowMs)).toBe(false);
    nowMs += 1_000;
    rejected(['new']);
    expect([scope.lacksPermission('new', nowMs), scope.isDenied(nowMs)]).toEqual([true, false]);
    accepted('new');
    expect(scope.lacksPermission('new', nowMs)).toBe(false);
  });

  it.each([
    ['a:7233', true],
    ['b:7233', false],
    [undefined, false],
  ])(
    'lacks a permission when another connection to a:7233 accepts the token, itself to %s: %s',
    (address, expected) => {
      const replacement = new TokenReplacement(
        { getToken: () => Promise.resolve('new'), peek: () => 'new', subscribe: () => () => undefined },
        new FakeClock(),
      );
      const [elsewhere, here] = ['a:7233', address].map((at) =>
        replacement.connection(at).scope('default', 'start'),
      );
      for (const sentMs of [0, 2]) here?.rejected(['new'], sentMs, { newest: 'new', valid: ['new'] }, sentMs);
      elsewhere?.accepted('new', 1, 1);
      expect(here?.lacksPermission('new', 2)).toBe(expected);
    },
  );

  it('is denied in its namespace alone', () => {
    const elsewhere = other('start', 'elsewhere');
    rejected(['old'], elsewhere);
    nowMs = 1;
    accepted('old');
    expect([elsewhere.isDenied(nowMs), scope.isDenied(nowMs)]).toEqual([true, false]);
  });
});

describe('a scope that has accepted one, and rejects all for 15 s', () => {
  beforeEach(() => {
    accepted('old');
    nowMs = 1_000;
    rejected(['old']);
  });

  it('is denied where others of its namespace accept', () => {
    nowMs = 16_000;
    accepted('old', other());
    expect(scope.isDenied(15_999)).toBe(false);
    expect(scope.isDenied(16_000)).toBe(true);
  });

  it.each([
    [
      'those of another namespace',
      () => {
        accepted('old', other('start', 'another'));
      },
    ],
    [
      'others before that',
      () => {
        accepted('old', other(), 999);
      },
    ],
    [
      'others after it accepted one',
      () => {
        accepted('new');
        rejected(['old'], scope, 15_999);
        nowMs = 40_000;
        accepted('new', other());
      },
    ],
  ])('is not denied where %s accept', (_who, accept) => {
    nowMs = 16_000;
    accept();
    expect(scope.isDenied(nowMs)).toBe(false);
  });
});

it('another connection is told what all have learnt', () => {
  accepted('old');
  valid = ['old', 'new'];
  const second = new ConnectionVerdicts(everywhere).scope('default', 'start');
  rejected(['new'], second);
  expect(again(['new'], second)).toBe('old');
  expect(next(second)).toBe('old');
});

it('as many tokens are remembered as are offered', () => {
  for (let token = 0; token < maxTokens; token++) accepted(`${token}`);
  for (const token of ['0', 'next']) accepted(token);
  expect([scope.accepts('0'), scope.accepts('1'), scope.accepts('2')]).toEqual([true, false, true]);
});
