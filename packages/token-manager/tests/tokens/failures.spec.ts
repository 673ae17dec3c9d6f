import type { HttpFault } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import type { ClientCredentials } from '@worker-auth/internal';
import { openScene, rejectionOf } from '../support.ts';

const throttled = (headers: Record<string, string>): HttpFault => ({
  status: 429,
  headers,
  body: 'slow down',
});

describe('after a failure', () => {
  it('gives the same error at once, with the time that is left', async () => {
    const { server, clock, tokens } = await openScene();
    server.failWith('unavailable503');
    const first = await rejectionOf(tokens.getToken());
    expect(first).toMatchObject({ code: TokenManagerErrorCode.unavailable, status: 503, retryInMs: 2_000 });
    await clock.advance(400);
    expect(await rejectionOf(tokens.getToken())).toBe(first);
    expect(first).toMatchObject({ retryInMs: 1_600 });
    expect(server.tokenRequests).toHaveLength(1);
  });

  it('waits twice as long after each further one, and starts anew after a success', async () => {
    const { server, clock, tokens } = await openScene();
    const waits: unknown[] = [];
    tokens.on('refreshFailed', ({ attempt, retryInMs }) => waits.push([attempt, retryInMs]));
    server.injectFault('unavailable503', { times: 3 });
    for (const waitMs of [2_000, 4_000, 8_000]) {
      await rejectionOf(tokens.getToken());
      await clock.advance(waitMs);
    }
    await tokens.getToken();
    await clock.advance(3_600_000);
    server.injectFault('unavailable503');
    await rejectionOf(tokens.getToken());
    expect(waits).toEqual([
      [1, 2_000],
      [2, 4_000],
      [3, 8_000],
      [1, 2_000],
    ]);
  });

  it('makes a forced refresh of a good token wait for seconds, not for its share of the token', async () => {
    const { server, clock, tokens } = await openScene();
    await tokens.getToken();
    server.injectFault('unavailable503');
    const error = await rejectionOf(tokens.getToken({ forceRefresh: true }));
    expect(error).toMatchObject({ retryInMs: 2_000 });
    await clock.advance(2_000);
    expect(await tokens.getToken({ forceRefresh: true })).toBe(server.issuedTokens[1]);
  });

  it('does not refresh behind again before its wait is over: the old token leaves time', async () => {
    // Each attempt begins with reading the credentials, before anything is sent.
    let reads = 0;
    const get = (): Promise<ClientCredentials> => {
      reads++;
      return Promise.resolve({ clientId: 'worker', clientSecret: 's3cret' });
    };
    const { server, clock, tokens } = await openScene({ credentials: { get, invalidate: () => undefined } });
    // Reading is over when the clock has moved.
    const readsAfterAsking = async (): Promise<number> => {
      await tokens.getToken();
      await clock.advance(1);
      return reads;
    };
    await tokens.getToken();
    await clock.advance(1_800_000);
    server.failWith('unavailable503');
    const failed = new Promise((resolve) => tokens.on('refreshFailed', resolve));
    expect(await readsAfterAsking()).toBe(2);
    await failed;
    await clock.advance(10_000);
    expect(await readsAfterAsking()).toBe(2);
    await clock.advance(600_000);
    expect(await readsAfterAsking()).toBe(3);
  });

  it.each(['unavailable503', 'invalidScope', 'forbidden403'] as const)(
    'keeps the wait over invalidate: %s',
    async (fault) => {
      const { server, clock, tokens } = await openScene();
      server.injectFault(fault);
      await rejectionOf(tokens.getToken());
      for (let round = 0; round < 20; round++) {
        tokens.invalidate();
        await rejectionOf(tokens.getToken());
      }
      expect(server.tokenRequests).toHaveLength(1);
      await clock.advance(2_000);
      expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
    },
  );
});

describe('the wait that a server asks for', () => {
  const epochSeconds = Math.floor(Date.UTC(2026, 0, 1) / 1_000);
  const httpDate = (offsetSeconds: number): string =>
    new Date((epochSeconds + offsetSeconds) * 1_000).toUTCString();

  it.each<{ readonly name: string; readonly fault: HttpFault; readonly seconds: number }>([
    { name: 'Retry-After in seconds', fault: throttled({ 'retry-after': '7' }), seconds: 7 },
    {
      name: 'Retry-After as a date, by the clock of the server',
      fault: throttled({ date: httpDate(-500), 'retry-after': httpDate(-490) }),
      seconds: 10,
    },
    {
      name: 'Retry-After as a date, by the clock of this host',
      fault: { status: 503, headers: { date: '', 'retry-after': httpDate(10) } },
      seconds: 10,
    },
    { name: 'Retry-After of a 503', fault: { status: 503, headers: { 'retry-after': '3' } }, seconds: 3 },
    { name: 'a day of a 429, cut to an hour', fault: throttled({ 'retry-after': '86400' }), seconds: 3_600 },
    {
      name: 'a day of a 503, cut to ten minutes',
      fault: { status: 503, headers: { 'retry-after': '86400' } },
      seconds: 600,
    },
  ])('is honoured: $name', async ({ fault, seconds }) => {
    const { server, clock, tokens } = await openScene();
    server.injectFault(fault);
    const error = await rejectionOf(tokens.getToken());
    // A fleet is spread: over as long again, up to a minute or a tenth of it.
    const waitMs = 1_000 * (seconds + Math.min(seconds, Math.max(60, seconds / 10)));
    expect(error).toMatchObject({ retryInMs: waitMs });
    await clock.advance(waitMs - 1);
    await rejectionOf(tokens.getToken());
    expect(server.tokenRequests).toHaveLength(1);
    await clock.advance(1);
    await tokens.getToken();
    expect(server.tokenRequests).toHaveLength(2);
  });
});

describe('errors that are not ours', () => {
  it('of the credential source reach the caller as they are, and are remembered for the backoff', async () => {
    const failure = new Error('no such secret');
    let reads = 0;
    const { tokens } = await openScene({
      credentials: {
        get: () => {
          reads++;
          return Promise.reject(failure);
        },
        invalidate: () => undefined,
      },
    });
    expect(await rejectionOf(tokens.getToken())).toBe(failure);
    expect(await rejectionOf(tokens.getToken())).toBe(failure);
    expect(reads).toBe(1);
  });

  it('of a client assertion reach the caller as they are', async () => {
    const failure = new Error('no projected token');
    const { tokens } = await openScene({ clientAssertion: () => Promise.reject(failure) });
    expect(await rejectionOf(tokens.getToken())).toBe(failure);
  });

  it('of a credential source that never answers become a timeout', async () => {
    const { clock, tokens } = await openScene({
      credentials: { get: () => new Promise(() => undefined), invalidate: () => undefined },
    });
    const waiting = rejectionOf(tokens.getToken());
    await clock.advance(120_000);
    expect(await waiting).toMatchObject({ code: TokenManagerErrorCode.timedOut, kind: 'connectivity' });
  });
});
