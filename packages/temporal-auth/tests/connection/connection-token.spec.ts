import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionToken } from '../../src/connection/connection-token.ts';
import type { ProbeResultKind } from '@worker-auth/calls/conditions/worker-events';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { FakeConnection, FakeTokens, native } from '../support/fake-connection.ts';

let clock: FakeClock;
let tokens: FakeTokens;
let connection: FakeConnection;
let replacement: TokenReplacement;
/** Of its workers. */
let namespaces: readonly string[];
/** What Temporal says of each token, or of one in a namespace; accepted when it is not among them. */
let verdicts: Map<string, ProbeResultKind>;
/** The tokens that were tried; the connection's own by its name. */
let tried: string[];
/** Called with each of them. */
let onTry: (token: string) => unknown;
let failures: unknown[];
let kept: number;
let held: ConnectionToken;

function open({ opened, isPushed = true }: { opened?: string; isPushed?: boolean }): ConnectionToken {
  return new ConnectionToken({
    ...{ connection: native(connection), opened, isPushed },
    replacement,
    tryToken: async (_on, token) => {
      const asked = token ?? held.current;
      tried.push(asked);
      await onTry(asked);
      const says = (name: string) => verdicts.get(`${name} ${asked}`) ?? verdicts.get(asked) ?? 'good';
      return new Map(namespaces.map((name) => [name, says(name)]));
    },
    onKept: () => kept++,
    onFailed: (error) => failures.push(error),
  });
}

beforeEach(() => {
  [clock, tokens, connection] = [new FakeClock(), new FakeTokens(), new FakeConnection()];
  replacement = new TokenReplacement(tokens, clock);
  replacement.accepted(replacement.connection().scope('default', 'start'), 'first', 0);
  [verdicts, tried, failures, kept] = [new Map<string, ProbeResultKind>(), [], [], 0];
  [namespaces, onTry] = [['default'], () => undefined];
  held = open({ opened: 'first' });
});

function accept(token: string, namespace = 'default'): void {
  held.accepted(held.scope(namespace), token, clock.monotonicNow());
}

function reject(token: string, namespace = 'default', method?: string): Promise<boolean> {
  return held.rejected(held.scope(namespace, method), token, clock.monotonicNow());
}

async function refresh(token: string): Promise<void> {
  tokens.refresh(token);
  await held.updated();
}

describe('a new token', () => {
  it.each(['good', 'unreachable'] as const)(
    'that is %s takes the place of the one before',
    async (verdict) => {
      verdicts.set('second', verdict);
      await refresh('second');
      expect([connection.told, tried]).toEqual([['second'], ['second']]);
      expect(held.current).toBe('second');
    },
  );

  it('that is rejected leaves the accepted one in place, and is tried again after 0.5, 1, 2, 4 and 4 s', async () => {
    verdicts.set('second', 'rejected');
    const getToken = vi.spyOn(tokens, 'getToken');
    await refresh('second');
    for (const [index, waitMs] of [500, 1_000, 2_000, 4_000, 4_000].entries()) {
      await clock.advance(waitMs - 1);
      expect(tried.filter((token) => token === 'second')).toHaveLength(index + 1);
      await clock.advance(1);
    }
    expect([connection.told, getToken.mock.calls]).toEqual([[], []]);
    verdicts.clear();
    await clock.advance(4_000);
    expect(connection.told).toEqual(['second']);
    await clock.advance(60_000);
    expect(tried.at(-1)).toBe('second');
  });

  it('that comes while another one is tried is tried next', async () => {
    onTry = (token) => {
      if (token === 'second') tokens.refresh('third');
    };
    await refresh('second');
    await clock.advance(0);
    expect(connection.told).toEqual(['second', 'third']);
  });

  it('is tried beside the oldest of those that came before it', async () => {
    for (const token of ['second', 'third', 'fourth']) {
      verdicts.set(token, 'rejected');
      await refresh(token);
    }
    await clock.advance(0);
    tried = [];
    await clock.advance(500);
    expect(tried).toEqual(['fourth', 'second', 'first']);
  });

  it('that one namespace rejects, and another does not answer, takes the place of none', async () => {
    namespaces = ['default', 'another'];
    verdicts.set('default second', 'unreachable').set('another second', 'rejected');
    await refresh('second');
    expect(connection.told).toEqual([]);
  });

  it('whose try fails is tried again', async () => {
    onTry = () => {
      if (tried.length === 1) throw new Error('the connection was closed, and another is in place');
    };
    await refresh('second');
    expect(connection.told).toEqual([]);
    await clock.advance(500);
    expect(connection.told).toEqual(['second']);
  });

  it('that is rejected takes the place of one that is rejected as well', async () => {
    verdicts.set('first', 'rejected').set('second', 'rejected');
    await refresh('second');
    expect(connection.told).toEqual(['second']);
  });

  it('that is rejected stays in that place while no try has an answer', async () => {
    verdicts.set('first', 'rejected').set('second', 'rejected');
    await refresh('second');
    verdicts.set('first', 'unreachable').set('second', 'unreachable');
    for (let second = 0; second < 60; second++) await clock.advance(1_000);
    expect(connection.told).toEqual(['second']);
  });

  it('that is rejected takes the place of none at all', async () => {
    connection = new FakeConnection();
    verdicts.set('first', 'rejected');
    held = open({});
    await held.updated();
    expect(connection.told).toEqual(['first']);
  });

  it('is tried beside an older one that is getting old enough', async () => {
    // Temporal has accepted neither: the clocks differ.
    verdicts
      .set('first', 'rejected')
      .set('second', 'rejected')
      .set('third', 'rejected')
      .set('fourth', 'rejected');
    await refresh('second');
    for (const token of ['third', 'fourth']) await refresh(token);
    expect(connection.told).toEqual(['second']);
    verdicts.delete('third');
    await clock.advance(4_000);
    expect(connection.told).toEqual(['second', 'third']);
    verdicts.delete('fourth');
    await clock.advance(8_000);
    expect(connection.told).toEqual(['second', 'third', 'fourth']);
  });

  it('is tried at once, whenever one that is rejected is tried again', async () => {
    verdicts.set('second', 'rejected');
    await refresh('second');
    tokens.refresh('third');
    await clock.advance(0);
    expect(connection.told).toEqual(['third']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is asked for beside others of which none was accepted: after 10 s, and then 20 s', async () => {
    for (const token of ['first', 'second', 'third']) verdicts.set(token, 'rejected');
    const asked: number[] = [];
    const startMs = clock.monotonicNow();
    tokens.getToken = () => {
      asked.push(clock.monotonicNow() - startMs);
      tokens.refresh(asked.length === 1 ? 'third' : 'fourth');
      return Promise.resolve(tokens.current);
    };
    await refresh('second');
    await clock.advance(0);
    expect(connection.told).toEqual(['second']);
    tokens.refresh('third');
    for (let second = 0; second < 40; second++) await clock.advance(1_000);
    expect(connection.told.at(-1)).toBe('fourth');
    expect(asked.every((ms) => ms >= 10_000)).toBe(true);
  });

  it('that came while the connection was being opened is given to it', async () => {
    tokens.current = 'second';
    held = open({ opened: 'first' });
    await held.updated();
    expect(connection.told).toEqual(['second']);
  });

  it('that the connection does not take is reported, and the next one is given in its turn', async () => {
    connection.pushError = new Error('broken');
    await refresh('second');
    expect([failures, held.current]).toEqual([[connection.pushError], 'first']);
    connection.pushError = undefined;
    await refresh('third');
    await clock.advance(0);
    expect(connection.told).toEqual(['third']);
  });

  it('is not given to a closed connection', async () => {
    connection.pushError = Object.assign(new Error('Client already closed'), { name: 'IllegalStateError' });
    await refresh('second');
    expect([held.isClosed, failures, tokens.listeners.size]).toEqual([true, [], 0]);
  });

  it('is not given where certificates stand for tokens', async () => {
    held.stop();
    held = open({ opened: 'first', isPushed: false });
    await refresh('second');
    await clock.advance(0);
    expect([connection.told, tried]).toEqual([[], []]);
  });
});

describe('a rejected call', () => {
  it('has an accepted token replaced, and says when the connection has another one', async () => {
    accept('first');
    await clock.advance(4_000);
    tokens.getToken = () => {
      tokens.refresh('second');
      return Promise.resolve('second');
    };
    expect(await reject('first')).toBe(true);
    expect(connection.told).toEqual(['second']);
  });

  it('with a token that is over puts the next one in place, though no try has an answer', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    onTry = () => promise;
    tokens.refresh('second');
    await clock.advance(1_000);
    expect(connection.told).toEqual([]);
    tokens.activeTokens = ['second'];
    expect(await reject('first')).toBe(true);
    expect(connection.told).toEqual(['second']);
    resolve(undefined);
    await held.updated();
    expect(connection.told).toEqual(['second']);
  });

  it('brings no try of a later token forward', async () => {
    verdicts.set('second', 'rejected');
    await reject('first');
    await refresh('second');
    await clock.advance(499);
    expect(tried.filter((token) => token === 'second')).toHaveLength(1);
  });

  it('brings no try forward where all are rejected', async () => {
    verdicts.set('first', 'rejected').set('second', 'rejected');
    await refresh('second');
    const before = tried.length;
    await reject('second');
    await clock.advance(499);
    expect(tried).toHaveLength(before);
  });

  it('has the others tried in its place, the likeliest three', async () => {
    for (const token of ['second', 'third', 'fourth', 'fifth']) await refresh(token);
    for (const token of ['first', 'third', 'fourth', 'fifth']) verdicts.set(token, 'rejected');
    tried = [];
    await reject('fifth');
    await clock.advance(0);
    expect([tried, connection.told.at(-1)]).toEqual([['fourth', 'third', 'second'], 'second']);
    verdicts.set('second', 'rejected');
    await reject('second');
    await clock.advance(0);
    expect(tried).toHaveLength(6);
  });

  it('has the newest rejected again, which another one is asked for, whatever is in its place', async () => {
    const elsewhere = replacement.connection().scope('default', 'start');
    const all = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'newest'];
    for (const token of all) {
      replacement.accepted(elsewhere, token, clock.monotonicNow());
      await refresh(token);
    }
    // It takes the place of the first, and has learnt nothing of them.
    held.replaceConnection(native(connection), 'newest');
    accept('newest');
    const getToken = vi.spyOn(tokens, 'getToken');
    for (const token of all) verdicts.set(token, 'rejected');
    await clock.advance(3_000);
    for (let second = 0; second < 10; second++) {
      void reject(held.current);
      await clock.advance(1_000);
    }
    expect(getToken).toHaveBeenCalledWith({ rejectedToken: 'newest', rejectedAs: 'new' });
  });

  it('in one namespace leaves the token that another one accepts, where none has an answer', async () => {
    namespaces = ['default', 'another'];
    tokens.activeTokens = ['oldest', 'old', 'first'];
    for (const token of ['oldest', 'old']) verdicts.set(token, 'unreachable');
    accept('first');
    accept('oldest', 'another');
    void replacement.rejected(held.scope('default'), ['oldest'], clock.monotonicNow());
    await reject('first', 'another');
    await clock.advance(0);
    expect([connection.told, tried]).toEqual([[], ['oldest', 'old']]);
  });

  it('of one method says nothing of the token of all', async () => {
    tokens.activeTokens = ['old', 'first'];
    await reject('first', 'default', 'RespondActivityTaskCompleted');
    await clock.advance(60_000);
    expect(tried).toEqual([]);
  });

  it('with a token of before is over', async () => {
    await refresh('second');
    const onRejected = vi.fn();
    replacement.onRejected(onRejected);
    expect(await reject('first')).toBe(true);
    expect(onRejected).not.toHaveBeenCalled();
  });

  it('has a new token tried again at once', async () => {
    verdicts.set('second', 'rejected');
    await refresh('second');
    verdicts.clear();
    await reject('first');
    await clock.advance(0);
    expect(connection.told).toEqual(['second']);
  });
});

describe('another connection', () => {
  it('takes the place of the first, and gets the tokens from then on', async () => {
    const next = new FakeConnection();
    tokens.current = 'third';
    expect(held.replaceConnection(native(next), 'second')).toBe(native(connection));
    await held.updated();
    expect([connection.told, next.told]).toEqual([[], ['third']]);
    expect(held.connection).toBe(native(next));
  });

  it('keeps the token that it was opened with, where a new one is rejected', async () => {
    const next = new FakeConnection();
    verdicts.set('second', 'unreachable').set('fourth', 'rejected');
    await refresh('second');
    tokens.current = 'third';
    held.replaceConnection(native(next), 'third');
    await refresh('fourth');
    await clock.advance(0);
    expect([kept, next.told]).toEqual([1, []]);
  });

  it('with a new token has the next one told when that is rejected', async () => {
    verdicts.set('second', 'rejected').set('third', 'rejected');
    await refresh('second');
    verdicts.delete('second');
    held.replaceConnection(native(new FakeConnection()), 'second');
    await refresh('third');
    await clock.advance(0);
    expect(kept).toBe(2);
  });

  it.each([
    ['first', 'rejected'],
    ['second', 'good'],
  ] as const)('gets no token that was tried on the one before, where %s is %s', async (last, verdict) => {
    const next = new FakeConnection();
    for (const token of ['second', 'third']) {
      verdicts.set(token, 'rejected');
      await refresh(token);
    }
    verdicts.set(last, verdict);
    onTry = (token) => {
      if (token === last) held.replaceConnection(native(next), 'third');
    };
    await clock.advance(60_000);
    expect([held.current, next.told]).toEqual(['third', []]);
  });

  it('takes no place after the end', () => {
    held.stop();
    expect(() => held.replaceConnection(native(new FakeConnection()), 'second')).toThrow('was closed');
  });
});

it('the end leaves the connection open, and nothing is tried any more', async () => {
  verdicts.set('second', 'rejected');
  await refresh('second');
  held.stop();
  const before = tried.length;
  tokens.refresh('third');
  await clock.advance(60_000);
  expect([tried.length, connection.closings, clock.pendingTimers, tokens.listeners.size]).toEqual([
    ...[before, 0, 0, 0],
  ]);
});
