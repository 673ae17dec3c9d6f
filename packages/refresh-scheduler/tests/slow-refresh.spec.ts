import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { RefreshScheduler } from '../src/index.ts';
import { TokenServer } from './token-server.ts';

const second = 1_000;

/** A started scheduler without jitter, whose server gives leases of `lifetimeMs` after `latencyMs`. */
function setUp(latencyMs: number, lifetimeMs: number) {
  const clock = new FakeClock();
  const server = new TokenServer(clock, { latencyMs, lifetimeMs });
  const scheduler = new RefreshScheduler({
    ...{ refresh: server.refresh, clock, random: () => 1, refreshTimeoutMs: 60 * second },
  });
  scheduler.start();
  return { clock, server, scheduler };
}

/** How many seconds of `count` there is no lease in. */
async function secondsWithout(
  { clock, scheduler }: ReturnType<typeof setUp>,
  count: number,
): Promise<number> {
  let without = 0;
  for (let passed = 0; passed < count; passed++) {
    await clock.advance(second);
    if (scheduler.lease === undefined) without++;
  }
  return without;
}

describe('a server that is slow', () => {
  it.each([
    [9, 20],
    [8, 60],
    [1, 3],
    [29, 60],
  ])('leaves no gap: %i s for a lease of %i s', async (latency, lifetime) => {
    const bench = setUp(latency * second, lifetime * second);
    await bench.clock.advance(latency * second);
    expect(await secondsWithout(bench, 10 * lifetime)).toBe(0);
  });

  it('is asked again a second after each lease that ends before the next can come', async () => {
    const { clock, server } = setUp(15 * second, 20 * second);
    await clock.advance(160 * second);
    expect(server.requests).toBe(11);
  });

  it('has no part in when a lease is refreshed that is due long before its end', async () => {
    const { clock, scheduler } = setUp(9 * second, 3_600 * second);
    await clock.advance(9 * second);
    expect(scheduler.dueInMs).toBe(1_791 * second);
  });

  it('is forgotten when it is quick again', async () => {
    const { clock, server, scheduler } = setUp(16 * second, 60 * second);
    await clock.advance(16 * second);
    expect(scheduler.dueInMs).toBe((60 - 16 - 12 - 16) * second);
    server.answer = { lifetimeMs: 60 * second };
    const dueAfter: (number | undefined)[] = [];
    for (let count = 0; count < 4; count++) {
      await scheduler.refreshNow();
      dueAfter.push(scheduler.dueInMs);
    }
    expect(dueAfter).toEqual([40, 44, 46, 47].map((seconds) => seconds * second));
  });
});
