import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';

/** A source that issues `t1`, `t2` and so on, one more for each token that is rejected. */
function setUp() {
  const clock = new FakeClock();
  const issued = ['t1'];
  const replacement = new TokenReplacement(
    {
      getToken: ({ rejectedToken } = {}) => {
        if (rejectedToken === issued.at(-1)) issued.push(`t${issued.length + 1}`);
        return Promise.resolve(issued.at(-1) ?? '');
      },
      peek: () => issued.at(-1),
      subscribe: () => () => undefined,
      get activeTokens() {
        return issued;
      },
    },
    clock,
  );
  return { clock, issued, replacement, connection: replacement.connection() };
}

describe('a namespace that loses its permission while another keeps it', () => {
  async function minuteOf(kept: (token: string) => 'accepted' | 'rejected') {
    const { clock, issued, replacement, connection } = setUp();
    const good = connection.scope('good', 'probe');
    const bad = connection.scope('bad', 'probe');
    for (const scope of [good, bad]) replacement.accepted(scope, 't1', clock.monotonicNow());
    await clock.advance(10_000);
    for (let second = 0; second < 60; second++) {
      const token = issued.at(-1) ?? '';
      const sentMs = clock.monotonicNow();
      void replacement.rejected(bad, [token], sentMs);
      if (kept(token) === 'accepted') replacement.accepted(good, token, clock.monotonicNow());
      else void replacement.rejected(good, [token], sentMs);
      await clock.advance(1_000);
    }
    return issued.length;
  }

  it('has one token requested, which the other one accepts', async () => {
    expect(await minuteOf(() => 'accepted')).toBe(2);
  });

  it('has others requested where each is revoked in both', async () => {
    expect(await minuteOf(() => 'rejected')).toBeGreaterThan(2);
  });

  it('has another one requested at once where one was accepted elsewhere before it was revoked', async () => {
    const { clock, issued, replacement, connection } = setUp();
    const often = connection.scope('default', 'often');
    const seldom = connection.scope('default', 'seldom');
    for (const scope of [often, seldom]) replacement.accepted(scope, 't1', clock.monotonicNow());
    await clock.advance(10_000);
    await replacement.rejected(often, ['t1'], clock.monotonicNow());
    replacement.accepted(often, 't2', clock.monotonicNow());
    await clock.advance(10_000);
    await replacement.rejected(seldom, ['t2'], clock.monotonicNow());
    await replacement.rejected(seldom, ['t2', 't1'], clock.monotonicNow());
    expect(issued).toStrictEqual(['t1', 't2', 't3']);
  });
});

describe('a call that is rejected with a token that was accepted', () => {
  const sentWith = async ({ isNewestRejected = false } = {}) => {
    const { clock, issued, replacement, connection } = setUp();
    const scope = connection.scope('default', 'start');
    const other = connection.scope('default', 'probe');
    for (const token of ['t1', 't2', 't3']) {
      replacement.accepted(scope, token, clock.monotonicNow());
      replacement.accepted(other, token, clock.monotonicNow());
      await clock.advance(10_000);
      await replacement.rejected(other, [token], clock.monotonicNow());
    }
    const { known } = replacement;
    if (known === undefined) throw new Error('there is a token');
    expect(issued).toStrictEqual(['t1', 't2', 't3', 't4']);
    // Another call tries `t4`.
    expect(scope.next(known, clock.monotonicNow())).toBe('t4');
    expect(scope.next(known, clock.monotonicNow())).toBe('t3');
    if (isNewestRejected) await replacement.rejected(other, ['t4'], clock.monotonicNow());
    void replacement.rejected(scope, ['t3'], clock.monotonicNow());
    return scope.again(['t3'], known, clock.monotonicNow());
  };

  it('is sent with the newest one next, which nobody has rejected', async () => {
    expect(await sentWith()).toBe('t4');
  });

  it('is sent with an older one next where the newest is rejected elsewhere', async () => {
    expect(await sentWith({ isNewestRejected: true })).toBe('t2');
  });
});
