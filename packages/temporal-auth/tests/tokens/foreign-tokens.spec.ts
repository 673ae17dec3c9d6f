import { FakeClock } from '@worker-auth/testing-fakes';
import type { TokenSource } from '@worker-auth/token-manager';
import { describe, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import { ForeignTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { rejection } from '../support/scene.ts';

const fail = (): never => {
  throw new TypeError('the bug of somebody else');
};

const source: TokenSource = {
  getToken: () => Promise.resolve('a-token'),
  peek: () => 'a-token',
  subscribe: () => () => undefined,
};

/** A source that gives this token, with these methods in place of its own. */
function foreign(methods: Partial<Record<keyof TokenSource, unknown>> = {}): ForeignTokens {
  return new ForeignTokens({ ...source, ...methods } as TokenSource);
}

describe('tokens of somebody else', () => {
  it.each(['getToken', 'peek', 'subscribe'] as const)('need a function %s', (member) => {
    const make = () => foreign({ [member]: undefined });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`tokens.${member} must be a function; received undefined`);
  });

  it.each([null, 'a-token', {}, () => 'a-token'])('are no %j', (given) => {
    const make = () => new ForeignTokens(given as never);
    expect(make).toThrow(new TypeError('tokens.getToken must be a function; received undefined'));
  });

  it('that are not kept for peek() open no native connection, and the error says why', async () => {
    const auth = temporalAuth({ tokens: { ...source, peek: () => undefined }, env: {} });
    const open = () => auth.configureNativeConnection({});
    expect(open).toThrow('There is no access token yet for the connection: await auth.ready()');
    await auth.ready();
    expect(open).toThrow('peek() of your token source must give what its getToken() gave');
    await auth.close();
  });
});

describe('getToken() of somebody else', () => {
  it('is asked for other tokens than a good one as seldom as any server', async () => {
    const clock = new FakeClock();
    let current = 'token-0';
    let asked = 0;
    const tokens = new ForeignTokens(
      { ...source, getToken: () => Promise.resolve((current = `token-${++asked}`)), peek: () => current },
      clock,
    );
    const reject = () => tokens.getToken({ rejectedToken: current });
    for (let tenths = 0; tenths < 100; tenths++) {
      await reject().catch(() => undefined);
      await clock.advance(100);
    }
    expect(asked).toBe(3);
    expect(await rejection(reject())).toMatchObject({
      ...{ code: 'TOKEN_REQUEST_LIMITED', kind: 'authentication', retryable: true, retryInMs: 20_000 },
    });
    expect(await tokens.getToken({ rejectedToken: 'another' })).toBe('token-4');
  });

  it.each([undefined, '', 7, {}, 'two words', 'a\n', null])('that gives %j gives no token', async (given) => {
    const error = await rejection(foreign({ getToken: () => Promise.resolve(given) }).getToken());
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_UNUSABLE_TOKEN' });
  });

  it('that throws a TypeError is a failure of the source, without its token', async () => {
    const tokens = foreign({
      peek: () => 'quiet-words-of-mine',
      getToken: () => Promise.reject(new TypeError('no header for quiet-words-of-mine')),
    });
    expect(await rejection(tokens.getToken())).toMatchObject({
      ...{ kind: 'connectivity', code: 'TEMPORAL_AUTH_TOKEN_SOURCE_FAILED', retryable: true },
      message: expect.stringMatching(/^The token source failed: .*\[redacted\]\./) as string,
    });
    expect(await rejection(foreign({ getToken: fail }).getToken())).toMatchObject({ kind: 'connectivity' });
  });

  it.each([new TypeError('no such option'), new RangeError('out of range')])(
    'that throws %s before its first token is wrong, and not asked again',
    async (thrown) => {
      const tokens = foreign({ peek: () => undefined, getToken: () => Promise.reject(thrown) });
      expect(await rejection(tokens.getToken())).toMatchObject({
        ...{ kind: 'configuration', code: 'TEMPORAL_AUTH_TOKEN_SOURCE_FAILED', retryable: false },
        message: `The token source failed: ${thrown.message}. It threw a ${thrown.name}. Correct the source.`,
      });
    },
  );

  it('whose fetch failed before its first token is asked again', async () => {
    const thrown = new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    const tokens = foreign({ peek: () => undefined, getToken: () => Promise.reject(thrown) });
    expect(await rejection(tokens.getToken())).toMatchObject({ kind: 'connectivity', retryable: true });
  });

  it('gives the token, and is given the options of its port alone', async () => {
    const asked: object[] = [];
    const tokens = foreign({
      getToken: (options: object) => {
        asked.push(options);
        return Promise.resolve('another');
      },
    });
    const more = { rejectedToken: 'a-token', forceRefresh: true, timeoutMs: 5 };
    expect(await tokens.getToken(more)).toBe('another');
    expect(asked).toEqual([{ rejectedToken: 'a-token', forceRefresh: true }]);
  });

  it('shows no token that it gave before the current one', async () => {
    const given = ['first-words-of-mine', 'second-words-of-mine'];
    const tokens = foreign({
      peek: () => undefined,
      getToken: () => {
        const token = given.shift();
        return token === undefined
          ? Promise.reject(new Error('no first-words-of-mine'))
          : Promise.resolve(token);
      },
    });
    await tokens.getToken();
    await tokens.getToken();
    expect(String(await rejection(tokens.getToken()))).not.toContain('first-words');
  });

  it('knows its last five tokens, each once, the newest last', () => {
    const given = ['a', 'b', 'a', 'c', 'd', 'e', 'a', 'a', 'f', 'b', 'f'];
    const tokens = foreign({ peek: () => given.shift() });
    expect(tokens.peek()).toBe('a');
    expect(tokens.activeTokens).toEqual(['a', 'b']);
    expect(tokens.activeTokens).toEqual(['b', 'a']);
    for (let count = 0; count < 7; count++) tokens.peek();
    expect(tokens.activeTokens).toEqual(['d', 'e', 'a', 'b', 'f']);
    expect(tokens.activeTokens).toEqual(['d', 'e', 'a', 'b', 'f']);
  });

  it.each([
    ['a list for its message', Object.assign(new Error('x'), { message: ['not', 'allowed'] })],
    ['no text at all', Object.create(null) as object],
    [
      'a getter that throws',
      Object.defineProperty(new Error('x'), 'kind', {
        get: fail,
      }),
    ],
  ])('that throws what has %s is a failure of the source', async (_what, thrown) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as foreign code does
    const error = await rejection(foreign({ getToken: () => Promise.reject(thrown) }).getToken());
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_TOKEN_SOURCE_FAILED', retryable: true });
  });

  it('that ends its own request, with its caller still there, is a failure of the source', async () => {
    const ours = new DOMException('This operation was aborted', 'AbortError');
    const tokens = foreign({ getToken: () => Promise.reject(ours) });
    const { signal } = new AbortController();
    expect(await rejection(tokens.getToken({ signal }))).toMatchObject({
      ...{ code: 'TEMPORAL_AUTH_TOKEN_SOURCE_FAILED', retryable: true },
      message: expect.stringContaining('This operation was aborted') as string,
    });
    expect(await rejection(tokens.getToken({ signal: AbortSignal.abort() }))).toBe(ours);
  });

  it('rejects with the reason of the signal', async () => {
    const reason = new Error('left');
    const tokens = foreign({ getToken: () => Promise.reject(reason) });
    expect(await rejection(tokens.getToken({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe('peek() of somebody else', () => {
  it.each([fail, () => 7, () => 'two words', () => ''])('that is wrong is no token (%s)', (peek) => {
    expect(foreign({ peek }).peek()).toBeUndefined();
    expect(foreign({ peek }).activeTokens).toEqual([]);
  });
});

describe('subscribe() of somebody else', () => {
  it('hears usable tokens alone, until it ends', () => {
    const listeners = new Set<(token: unknown) => void>();
    const heard: string[] = [];
    const subscribe = (listener: (token: unknown) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const end = foreign({ subscribe }).subscribe((token) => heard.push(token));
    for (const token of ['a', 'two words', undefined, 'b']) for (const listener of listeners) listener(token);
    end();
    expect([heard, listeners.size]).toEqual([['a', 'b'], 0]);
  });

  it.each([fail, () => undefined, () => fail])('that is wrong ends all the same (%s)', (subscribe) => {
    const end = foreign({ subscribe }).subscribe(() => undefined);
    expect(end).not.toThrow();
  });
});
