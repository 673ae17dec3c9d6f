import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode } from '../src/errors.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { TokenManager } from '../src/token-manager.ts';
import { rejectionOf } from './support.ts';

/** A manager whose server answers after `latencyMs`. */
function openSlow(latencyMs: number, options: Partial<TokenManagerOptions> = {}) {
  const clock = new FakeClock();
  const server = { latencyMs };
  let asked = Promise.withResolvers<undefined>();
  const tokens = new TokenManager({
    tokenUrl: 'https://issuer.example/token',
    credentials: { clientId: 'a', clientSecret: 'b' },
    clock,
    random: () => 0,
    fetch: () =>
      new Promise((resolve) => {
        asked.resolve(undefined);
        clock.startTimer(() => {
          resolve(Response.json({ access_token: 'token', token_type: 'bearer', expires_in: 300 }));
        }, server.latencyMs);
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
    await clock.advance(60_000);
    return waiting;
  };
  return { clock, server, tokens, deadline };
}

describe('a server that is slower than timeoutMs', () => {
  it('is waited for half as long again after each time-out, up to 20 s', async () => {
    const { deadline } = openSlow(59_000);
    expect([await deadline(), await deadline(), await deadline(), await deadline()]).toEqual([
      10_000, 15_000, 20_000, 20_000,
    ]);
  });

  it('gives its token at the second attempt, and is waited for from then on', async () => {
    const { deadline } = openSlow(11_000);
    expect([await deadline(), await deadline(), await deadline()]).toEqual([10_000, undefined, undefined]);
  });

  it('is waited for no longer than at first once it is quick', async () => {
    const { server, deadline } = openSlow(11_000);
    await deadline();
    server.latencyMs = 0;
    await deadline();
    server.latencyMs = 59_000;
    expect(await deadline()).toBe(10_000);
  });

  it('is waited for no longer than maxTimeoutMs', async () => {
    const { deadline } = openSlow(59_000, { timeoutMs: 4_000, maxTimeoutMs: 5_000 });
    expect([await deadline(), await deadline()]).toEqual([4_000, 5_000]);
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

  it.each([
    ...['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT'],
    ...['ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL'],
    'UND_ERR_CONNECT_TIMEOUT',
  ])('is tried again after 5 s at most: %s', async (code) => {
    expect(await sixthWait(failing(code))).toBe(5_000);
  });

  it('or breaks when it is there is tried again after 10 s at most', async () => {
    expect(await sixthWait(failing('ERR_TLS_CERT_ALTNAME_INVALID'))).toBe(10_000);
  });

  it('is an error with the code of the system', async () => {
    expect(await rejectionOf(failing('ENOTFOUND').tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.unreachable,
      networkCode: 'ENOTFOUND',
    });
  });
});
