import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { providers } from '../../src/providers.ts';
import type { GetTokenOptions } from '@worker-auth/internal';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { openScene, rejectionOf, type Scene } from '../support.ts';

const limited = { code: TokenManagerErrorCode.limited, kind: 'authentication', retryable: true };
const hourMs = 3_600_000;

/** Calls each 100 ms, and returns the seconds at which requests for tokens left. */
async function secondsOf({ server, clock }: Scene, seconds: number, call: () => Promise<unknown>) {
  const requestedAt: number[] = [];
  for (let tenths = 0; tenths < seconds * 10; tenths++) {
    const before = server.tokenRequests.length;
    await call().catch(() => undefined);
    if (server.tokenRequests.length > before) requestedAt.push(tenths / 10);
    await clock.advance(100);
  }
  return requestedAt;
}

const reject = ({ tokens }: Scene, as?: GetTokenOptions['rejectedAs']) =>
  tokens.getToken({ rejectedToken: tokens.peek(), rejectedAs: as });

describe('requests for other tokens than a good one', () => {
  it.each<[string, (scene: Scene) => Promise<unknown>]>([
    ['rejectedToken', (scene) => reject(scene)],
    ['a denied permission', (scene) => reject(scene, 'denied')],
    ['forceRefresh', ({ tokens }) => tokens.getToken({ forceRefresh: true })],
    [
      'invalidate()',
      ({ tokens }) => {
        tokens.invalidate();
        return tokens.getToken();
      },
    ],
  ])('are three at once, then one in 30 s, and later one a minute: %s', async (_, call) => {
    const scene = await openScene();
    await scene.tokens.getToken();
    expect(await secondsOf(scene, 250, () => call(scene))).toEqual([0, 0.1, 0.2, 30, 60, 120, 180, 240]);
  });

  it('wait where the thirteenth comes a moment early', async () => {
    const scene = await openScene();
    const { clock, server } = scene;
    await scene.tokens.getToken();
    for (let index = 0; index < 12; index++) {
      await reject(scene, 'revoked');
      await clock.advance(4_950);
    }
    const thirteenth = reject(scene, 'revoked');
    await clock.advance(599);
    expect(server.tokenRequests).toHaveLength(13);
    await clock.advance(1);
    expect(await thirteenth).toBe(server.issuedTokens[13]);
  });

  it('are an error for whoever rejects the token, which others keep', async () => {
    const scene = await openScene();
    const { server, tokens } = scene;
    await tokens.getToken();
    await secondsOf(scene, 1, () => reject(scene));
    expect(await rejectionOf(reject(scene))).toMatchObject({ ...limited, retryInMs: 29_000 });
    tokens.invalidate();
    expect(await tokens.getToken({ forceRefresh: true })).toBe(server.issuedTokens[3]);
    expect(await tokens.getToken()).toBe(server.issuedTokens[3]);
    expect(tokens.lastError).toBeUndefined();
  });

  it('cost one draw until a token comes, however often the server fails', async () => {
    const scene = await openScene();
    const { server, clock, tokens } = scene;
    await tokens.getToken();
    server.failWith('unavailable503');
    expect(await secondsOf(scene, 13, () => reject(scene))).toEqual([0, 2, 6]);
    server.recover();
    await clock.advance(1_000);
    for (let round = 0; round < 3; round++) await reject(scene);
    expect(await rejectionOf(reject(scene))).toMatchObject(limited);
  });

  it('do not count where the token is due, over, or not there yet', async () => {
    const scene = await openScene();
    const { clock, tokens } = scene;
    for (let round = 0; round < 10; round++) {
      await tokens.getToken();
      await clock.advance(round % 2 === 0 ? 1_800_000 : hourMs);
      await reject(scene).catch(() => tokens.getToken());
    }
    await reject(scene);
    await reject(scene);
    await reject(scene);
  });
});

/** The README's caller, who says nothing but which token was rejected, each second for ten minutes: the share of calls that a server accepts. */
async function shareOfCalls({ clock, tokens }: Scene, accepts: (ageMs: number) => boolean): Promise<number> {
  const issuedMs = new Map<string, number>();
  let accepted = 0;
  const isAccepted = (token: string): boolean => {
    const nowMs = clock.monotonicNow();
    if (!issuedMs.has(token)) issuedMs.set(token, nowMs);
    return accepts(nowMs - (issuedMs.get(token) ?? 0));
  };
  for (let second = 0; second < 600; second++) {
    const token = await tokens.getToken();
    const another = isAccepted(token)
      ? token
      : await tokens.getToken({ rejectedToken: token }).catch(() => undefined);
    if (another !== undefined && isAccepted(another)) accepted++;
    await clock.advance(1_000);
  }
  return accepted / 600;
}

describe('a token that nobody says more of than that it was rejected', () => {
  it('is replaced at once when it was there for a while: of a server that revokes after 20 s', async () => {
    const scene = await openScene();
    expect(await shareOfCalls(scene, (ageMs) => ageMs < 20_000)).toBe(1);
    expect(scene.server.tokenRequests).toHaveLength(30);
  });

  it('is replaced seldom when it was rejected as a new one, however old it is by now', async () => {
    const scene = await openScene();
    expect(await shareOfCalls(scene, () => false)).toBe(0);
    expect(scene.server.tokenRequests.length).toBeLessThanOrEqual(14);
  });

  it('is replaced seldom when the caller knows that it was never accepted', async () => {
    const scene = await openScene();
    await scene.tokens.getToken();
    await scene.clock.advance(60_000);
    const asked = secondsOf(scene, 250, () => reject(scene, 'new'));
    expect(await asked).toEqual([0, 0.1, 0.2, 30, 60, 120, 180, 240]);
  });

  it('is replaced three times and then twice a day where tokens are metered', async () => {
    const scene = await openScene({ metered: true });
    await shareOfCalls(scene, (ageMs) => ageMs < 20_000);
    await rejectionOf(reject(scene, 'revoked'));
    expect(scene.server.tokenRequests).toHaveLength(4);
  });
});

describe('where tokens are metered', () => {
  const { metered } = providers.auth0;

  it('ten days of calls without a permission costs nothing beside refreshes', async () => {
    const clock = new FakeClock();
    let requests = 0;
    await using tokens = new TokenManager({
      ...{
        credentials: { clientId: 'worker', clientSecret: 'secret' },
        tokenUrl: 'https://issuer.example/token',
      },
      ...{ metered, policy: { maxDelayMs: 30 * 24 * hourMs }, clock, random: () => 1 },
      // A server would have the clock wait for it, at each of 57,600 timers.
      fetch: () => {
        const token = { access_token: `token-${++requests}`, token_type: 'Bearer', expires_in: 86_400 };
        return Promise.resolve(Response.json(token));
      },
    });
    tokens.start();
    await tokens.getToken();
    const deny = () => tokens.getToken({ rejectedToken: tokens.peek(), rejectedAs: 'denied' });
    expect(await rejectionOf(deny())).toMatchObject({ ...limited, retryInMs: tokens.nextRefreshInMs });
    for (let hours = 0; hours < 10 * 24; hours += 4) {
      await deny().catch(() => undefined);
      await clock.advance(4 * hourMs);
    }
    // One each 19.2 h.
    expect(requests).toBe(13);
  });

  it.each([undefined, 'revoked'] as const)(
    'a month of rejections costs 34 tokens at most: %s',
    async (as) => {
      const policy = { maxDelayMs: 30 * 24 * hourMs };
      const scene = await openScene({ metered, policy }, { lifetimeSeconds: 30 * 86_400 });
      const { server, clock, tokens } = scene;
      await tokens.getToken();
      for (let hours = 0; hours < 30 * 24; hours++) {
        for (let index = 0; index < 3; index++) await reject(scene, as).catch(() => undefined);
        await clock.advance(hourMs);
      }
      // Beside the first.
      expect([33, 34]).toContain(server.tokenRequests.length - 1);
    },
  );
});

it('credentials that are others at each look, and wrong, are tried by the budget and then as rejected ones', async () => {
  let reads = 0;
  const scene = await openScene({
    credentials: {
      get: () => Promise.resolve({ clientId: 'worker', clientSecret: `wrong-${reads++}` }),
      invalidate: () => undefined,
    },
  });
  scene.tokens.start();
  await secondsOf(scene, 300, () => scene.tokens.getToken());
  expect(reads).toBeGreaterThan(60);
  expect(scene.server.tokenRequests.length).toBeLessThanOrEqual(30);
});

it('rejects another reason for a rejection', async () => {
  const { tokens } = await openScene();
  await expect(tokens.getToken({ rejectedAs: 'expired' as 'denied' })).rejects.toThrow(
    'rejectedAs must be one of revoked, new, denied; received expired',
  );
});
