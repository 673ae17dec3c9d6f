import { worlds } from '@worker-auth/workspace/worlds';
import * as fc from 'fast-check';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { elapsedMs, readInstant } from '@worker-auth/refresh-scheduler';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { openScene, type Scene } from '../support.ts';

const hour = 3_600_000;

/** A token whose response arrives after `ms`. */
async function tokenAfter(ms: number, { server, clock, tokens }: Scene): Promise<string> {
  const release = server.hold();
  const arrived = server.nextRequest();
  const waiting = tokens.getToken();
  await arrived;
  await clock.advance(ms);
  release();
  return waiting;
}

describe('the life of a token', () => {
  it('ends to the millisecond', async () => {
    const { clock, tokens } = await openScene();
    const token = await tokens.getToken();
    await clock.advance(hour - 1);
    expect([tokens.peek(), tokens.remainingMs]).toEqual([token, 1]);
    await clock.advance(1);
    expect([tokens.peek(), tokens.remainingMs]).toEqual([undefined, 0]);
  });

  it('begins when the request is sent, not when the response arrives', async () => {
    const scene = await openScene();
    const { tokens } = scene;
    await tokenAfter(8_000, scene);
    expect(tokens.remainingMs).toBe(hour - 8_000);
    expect(tokens.nextRefreshInMs).toBe(hour / 2 - 8_000);
  });

  it('is rejected when it was over on arrival', async () => {
    const scene = await openScene({}, { lifetimeSeconds: 5 });
    await expect(tokenAfter(6_000, scene)).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID' });
  });

  it('is told as a moment of the wall clock', async () => {
    const { clock, tokens } = await openScene();
    await tokens.getToken();
    expect(tokens.expiresAt?.getTime()).toBe(clock.wallNow() + hour);
    clock.stepWall(-hour);
    expect(tokens.expiresAt?.getTime()).toBe(clock.wallNow() + hour);
  });
});

it.each<readonly [string, (tokens: TokenManager) => unknown]>([
  ['peek()', (tokens) => tokens.peek()],
  ['getToken()', (tokens) => tokens.getToken()],
])('a token that is not due costs one reading of one clock: %s', async (_name, read) => {
  const { clock, tokens } = await openScene();
  await tokens.getToken();
  const wall = vi.spyOn(clock, 'wallNow');
  const monotonic = vi.spyOn(clock, 'monotonicNow');
  await read(tokens);
  expect([wall.mock.calls.length, monotonic.mock.calls.length]).toEqual([1, 0]);
  await clock.advance(1_800_000);
  monotonic.mockClear();
  tokens.peek();
  expect(monotonic).toHaveBeenCalled();
});

it('a timer is there once a token, until that is dropped', async () => {
  const { clock, tokens } = await openScene();
  await tokens.getToken();
  await tokens.getToken({ forceRefresh: true });
  expect(clock.pendingTimers).toBe(1);
  tokens.invalidate();
  expect(clock.pendingTimers).toBe(0);
});

it.each([4_000, 4_500])(
  'a token that is due when it arrives is served to its end, and needs no timer: after %i of 5,000 ms',
  async (ms) => {
    const scene = await openScene({}, { lifetimeSeconds: 5 });
    const { clock, tokens } = scene;
    expect(await tokenAfter(ms, scene)).toBe(tokens.peek());
    expect([clock.pendingTimers, tokens.remainingMs]).toEqual([0, 5_000 - ms]);
  },
);

it('a dead token is never served whatever the clocks do', async () => {
  const step = fc.record({
    kind: fc.constantFrom('advance' as const, 'stepWall' as const, 'suspend' as const),
    ms: fc.integer({ min: 0, max: 40_000 }),
    isBack: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.array(step, { maxLength: 12 }),
      fc.boolean(),
      async (lifetimeSeconds, steps, isStopped) => {
        const clock = new FakeClock();
        const bornAt = new Map<string, ReturnType<typeof readInstant>>();
        await using tokens = new TokenManager({
          credentials: { clientId: 'a', clientSecret: 'b' },
          tokenUrl: 'https://issuer.example/token',
          clock,
          fetch: () => {
            const token = `token-${bornAt.size}`;
            bornAt.set(token, readInstant(clock));
            return Promise.resolve(
              Response.json({ access_token: token, token_type: 'bearer', expires_in: lifetimeSeconds }),
            );
          },
        });
        await tokens.getToken();
        if (isStopped) await tokens.stop();
        for (const { kind, ms, isBack } of steps) {
          if (kind === 'advance') await clock.advance(ms);
          else if (kind === 'suspend') clock.suspend(ms);
          else clock.stepWall(isBack ? -ms : ms);
          const served = tokens.peek();
          if (served === undefined) continue;
          const born = bornAt.get(served) ?? { monotonicMs: 0, wallMs: 0 };
          expect(elapsedMs(clock, born)).toBeLessThan(lifetimeSeconds * 1_000);
        }
      },
    ),
    worlds(200, 2_000),
  );
});
