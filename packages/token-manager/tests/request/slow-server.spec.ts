import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { rejectionOf } from '../support.ts';

/** A manager whose server answers after `latencyMs`. */
function openSlow(latencyMs: number, options: Partial<TokenManagerOptions> = {}) {
  const clock = new FakeClock();
  const server = { latencyMs, status: 200, requests: 0 };
  let asked = Promise.withResolvers<undefined>();
  const tokens = new TokenManager({
    tokenUrl: 'https://issuer.example/token',
    credentials: { clientId: 'a', clientSecret: 'b' },
    clock,
    random: () => 0,
    fetch: (url) =>
      new Promise((resolve) => {
        if (url.includes('/.well-known/')) {
          const issuer = 'https://issuer.example';
          resolve(Response.json({ issuer, token_endpoint: `${issuer}/token` }));
          return;
        }
        server.requests++;
        asked.resolve(undefined);
        const { latencyMs: answerMs, ...init } = server;
        if (answerMs === Infinity) return;
        clock.startTimer(() => {
          resolve(Response.json({ access_token: 'token', token_type: 'bearer', expires_in: 300 }, init));
        }, answerMs);
      }),
    ...options,
  });
  onTestFinished(() => tokens.stop());
  /** Milliseconds that the next attempt takes until it is given up; `undefined` for one that is not. */
  const deadline = async (): Promise<number | undefined> => {
    asked = Promise.withResolvers<undefined>();
    const sentMs = clock.monotonicNow();
    const waiting = tokens.getToken({ forceRefresh: true }).then(
      () => undefined,
      () => clock.monotonicNow() - sentMs,
    );
    await asked.promise;
    await clock.advance(61_000);
    await clock.advance(tokens.retryInMs ?? 0);
    return waiting;
  };
  return { clock, server, tokens, deadline };
}

describe('a server that is slower than timeoutMs', () => {
  it('is waited for 10, 30 and 60 s after time-outs in a row', async () => {
    const { deadline } = openSlow(62_000);
    expect([await deadline(), await deadline(), await deadline(), await deadline()]).toEqual([
      10_000, 30_000, 60_000, 60_000,
    ]);
  });

  it('is waited for three and six times as long as timeoutMs', async () => {
    const { deadline } = openSlow(62_000, { timeoutMs: 4_000 });
    expect([await deadline(), await deadline(), await deadline()]).toEqual([4_000, 12_000, 24_000]);
  });

  it.each([25_000, 59_000])('gives a token after %i ms, and each one after it at once', async (latencyMs) => {
    const { deadline, tokens } = openSlow(latencyMs);
    while (tokens.peek() === undefined) await deadline();
    expect([await deadline(), await deadline()]).toEqual([undefined, undefined]);
  });

  it('is waited for no longer than at first once it is quick', async () => {
    const { server, deadline } = openSlow(25_000);
    await deadline();
    server.latencyMs = 0;
    await deadline();
    server.latencyMs = 59_000;
    expect(await deadline()).toBe(10_000);
  });

  it('that rejects meanwhile is still waited for', async () => {
    const { clock, server, tokens, deadline } = openSlow(25_000);
    expect(await deadline()).toBe(10_000);
    Object.assign(server, { latencyMs: 0, status: 503 });
    await deadline();
    await clock.advance(tokens.retryInMs ?? 0);
    Object.assign(server, { latencyMs: 25_000, status: 200 });
    expect(await deadline()).toBeUndefined();
  });

  it('is asked some 60 times an hour while it hangs', async () => {
    const { clock, server, tokens } = openSlow(Infinity);
    tokens.start();
    for (let second = 0; second < 3_600; second++) await clock.advance(1_000);
    expect(server.requests).toBe(56);
  });

  it('has a document at once, and its tokens late', async () => {
    const { tokens, deadline } = openSlow(25_000, { tokenUrl: undefined, issuer: 'https://issuer.example' });
    expect([await deadline(), await deadline()]).toEqual([10_000, undefined]);
    expect(tokens.peek()).toBe('token');
  });
});

describe('a connection that nobody takes', () => {
  const failing = (code: string) => {
    const error = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('x'), { code }),
    });
    return openSlow(0, { random: () => 1, fetch: () => Promise.reject(error) });
  };

  /** The wait after the sixth failure in a row. */
  const sixthWait = async ({ clock, tokens }: ReturnType<typeof openSlow>): Promise<number | undefined> => {
    for (let count = 1; count <= 5; count++) {
      await rejectionOf(tokens.getToken());
      await clock.advance(tokens.retryInMs ?? 0);
    }
    await rejectionOf(tokens.getToken());
    return tokens.retryInMs;
  };

  it.each(['ENOTFOUND', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'is tried again after 12 s at most: %s',
    async (code) => {
      expect(await sixthWait(failing(code))).toBe(12_000);
    },
  );

  it('is an error with the code of the system', async () => {
    expect(await rejectionOf(failing('ENOTFOUND').tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.unreachable,
      networkCode: 'ENOTFOUND',
    });
  });
});
