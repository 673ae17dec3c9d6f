import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, runFleet, secondMs } from '../src/fleet.ts';
import { type OutageSummary, type Summary, summarize, summarizeOutage } from '../src/summary.ts';

const workers = 500;
const lifetimeMs = 5 * minuteMs;

async function day(size: number, hasJitter: boolean, lifetime = lifetimeMs): Promise<Summary> {
  const outage = { startMs: 2 * hourMs, endMs: 2 * hourMs + 10 * minuteMs };
  const scenario = {
    ...{ workers: size, lifetimeMs: lifetime, durationMs: 4 * hourMs },
    ...{ hasJitter, outage, seed: 1 },
  };
  return summarize(await runFleet(scenario), outage);
}

/** Ten minutes without a server, of which the last five without a lease. */
async function longOutage(maxWithoutLeaseMs?: number): Promise<OutageSummary> {
  const outage = { startMs: 20 * minuteMs, endMs: 30 * minuteMs };
  const scenario = {
    workers,
    lifetimeMs,
    durationMs: 35 * minuteMs,
    hasJitter: true,
    outage,
    backoff: { maxWithoutLeaseMs },
    seed: 1,
  };
  return summarizeOutage(await runFleet(scenario), outage, lifetimeMs);
}

describe('a fleet that starts within one second', () => {
  it('spreads its requests with jitter', async () => {
    const { steady, expiredOtherwise } = await day(1_000, true);
    expect(steady.peak / steady.mean).toBeLessThan(2);
    expect(expiredOtherwise).toBe(0);
  });

  it('stays a herd without jitter', async () => {
    const { steady } = await day(100, false);
    expect(steady.peak / steady.mean).toBeGreaterThan(20);
  });

  it('comes back spread after an outage that no lease ended in', async () => {
    const { steady, aftermath, expiredDuringOutage } = await day(2_000, true, hourMs);
    expect(expiredDuringOutage).toBe(0);
    expect(aftermath.peak / steady.mean).toBeLessThan(5);
  });
});

describe('a fleet that lost every lease to an outage', () => {
  it('asks as often as its cap of 10 s says, has its tokens within it and is no herd then', async () => {
    const { during, after, halfHealedAfterMs, allHealedAfterMs } = await longOutage();
    // Waits are drawn from 0 to 10 s: 5 s in the mean.
    expect(during.mean).toBeGreaterThan(0.9 * (workers / 5));
    expect(during.mean).toBeLessThan(1.1 * (workers / 5));
    expect(halfHealedAfterMs).toBeLessThan(5 * secondMs);
    expect(allHealedAfterMs).toBeLessThan(10.2 * secondMs);
    expect(after.peak).toBeLessThan(1.1 * during.mean);
  });

  it('asks a sixth as often with six times the cap, and waits six times as long', async () => {
    const { during, allHealedAfterMs } = await longOutage(60 * secondMs);
    expect(during.mean).toBeLessThan(1.1 * (workers / 30));
    expect(allHealedAfterMs).toBeGreaterThan(40 * secondMs);
  });
});
