import { describe, expect, it } from 'vitest';
import type { TokenRefreshedEvent } from '../../src/events.ts';
import { openScene, rejectionOf } from '../support.ts';

describe('the events', () => {
  it('say that a token came, which one, for how long and with whose credentials', async () => {
    const { tokens } = await openScene();
    const events: TokenRefreshedEvent[] = [];
    tokens.on('tokenRefreshed', (event) => events.push(event));
    await tokens.getToken();
    await tokens.getToken({ forceRefresh: true });
    expect(events).toEqual(
      [1, 2].map((tokenNumber) => ({
        tokenNumber,
        lifetimeMs: 3_600_000,
        nextRefreshInMs: 1_800_000,
        credentialsSource: 'the test',
        hostAheadMs: 0,
        rejectedEarly: 0,
        missingScopes: [],
      })),
    );
  });

  it.each<readonly [string | undefined, string | undefined, readonly string[]]>([
    ['openid groups', 'openid', ['groups']],
    ['openid groups', 'groups openid profile', []],
    ['openid groups', undefined, []],
    ['openid', '', ['openid']],
    [undefined, 'default:write', []],
  ])('say which scopes were not granted: asked %j, granted %j', async (scope, granted, missingScopes) => {
    const token = { access_token: 'x', token_type: 'Bearer', expires_in: 60, scope: granted };
    const { tokens } = await openScene({ scope, fetch: () => Promise.resolve(Response.json(token)) });
    const events: TokenRefreshedEvent[] = [];
    tokens.on('tokenRefreshed', (event) => events.push(event));
    expect(await tokens.getToken()).toBe('x');
    expect(events).toMatchObject([{ missingScopes }]);
  });

  it('say that a refresh failed, how often, what is left of the token and when the next may leave', async () => {
    const { server, clock, tokens } = await openScene();
    const events: unknown[] = [];
    tokens.on('refreshFailed', (event) => events.push(event));
    await tokens.getToken();
    await clock.advance(60_000);
    server.injectFault('unavailable503');
    const error = await rejectionOf(tokens.getToken({ forceRefresh: true }));
    expect(events).toEqual([
      { error, attempt: 1, retryInMs: 2_000, tokenRemainingMs: 3_540_000, retryAfterOutlivesToken: false },
    ]);
  });

  it('say when a started manager asks again, which may be later than a caller may', async () => {
    const { server, clock, tokens } = await openScene();
    await tokens.getToken();
    tokens.start();
    const waits: unknown[] = [];
    tokens.on('refreshFailed', ({ retryInMs }) => waits.push(retryInMs, tokens.nextRefreshInMs));
    server.failWith('unavailable503');
    await clock.advance(1_800_000);
    await expect.poll(() => waits).toHaveLength(2);
    expect(waits[0]).toBe(waits[1]);
    expect(waits[0]).toBeGreaterThan(2_000);
  });

  it('warn of a server that wants to be left alone for longer than the token lives', async () => {
    const { server, tokens } = await openScene({}, { lifetimeSeconds: 60 });
    const warnings: boolean[] = [];
    tokens.on('refreshFailed', ({ retryAfterOutlivesToken }) => warnings.push(retryAfterOutlivesToken));
    await tokens.getToken();
    server.injectFault({ status: 429, headers: { 'retry-after': '61' } });
    await rejectionOf(tokens.getToken({ forceRefresh: true }));
    expect(warnings).toEqual([true]);
  });
});

it('a cached token is handed out without an allocation: the same promise each time', async () => {
  const { tokens } = await openScene();
  await tokens.getToken();
  const [first, second] = [tokens.getToken(), tokens.getToken()];
  expect(first).toBe(second);
  expect(await first).toBe(tokens.peek());
});

it('invalidate drops the token and makes the credential source read again', async () => {
  let invalidations = 0;
  const { server, tokens } = await openScene({
    credentials: {
      get: () => Promise.resolve({ clientId: 'worker', clientSecret: 's3cret' }),
      invalidate: () => {
        invalidations++;
      },
    },
  });
  const first = await tokens.getToken();
  tokens.invalidate();
  expect([tokens.peek(), tokens.remainingMs, invalidations]).toEqual([undefined, undefined, 1]);
  expect(await tokens.getToken()).not.toBe(first);
  expect(server.tokenRequests).toHaveLength(2);
});

describe('the time of the next refresh', () => {
  it('is 0 while one runs, and unknown after stop', async () => {
    const { server, tokens } = await openScene();
    const release = server.hold();
    const arrived = server.nextRequest();
    const waiting = tokens.getToken();
    await arrived;
    expect(tokens.nextRefreshInMs).toBe(0);
    release();
    await waiting;
    expect(tokens.nextRefreshInMs).toBe(1_800_000);
    await tokens.stop();
    expect(tokens.nextRefreshInMs).toBeUndefined();
  });

  it('is 0, not in the past, when nobody has asked since it was due', async () => {
    const { clock, tokens } = await openScene();
    await tokens.getToken();
    await clock.advance(1_800_001);
    expect(tokens.nextRefreshInMs).toBe(0);
  });
});
