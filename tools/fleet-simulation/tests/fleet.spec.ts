import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, runFleet } from '../src/fleet.ts';
import { type Summary, summarize } from '../src/summary.ts';

const outage = { startMs: 2 * hourMs, endMs: 2 * hourMs + 10 * minuteMs };

async function fleet(hasJitter: boolean): Promise<Summary> {
  const seen = await runFleet({
    workers: 2_000,
    lifetimeMs: 5 * minuteMs,
    durationMs: 4 * hourMs,
    hasJitter,
    outage,
    seed: 1,
  });
  return summarize(seen, outage);
}

// Four simulated hours of 2,000 schedulers: work, not waiting.
describe('a fleet that starts within one second', { timeout: 60_000 }, () => {
  it('spreads its requests with jitter: in steady state, and after an outage', async () => {
    const { steady, aftermath, expiredOtherwise } = await fleet(true);
    expect(steady.peak / steady.mean).toBeLessThan(2);
    expect(aftermath.peak / steady.mean).toBeLessThan(5);
    expect(expiredOtherwise).toBe(0);
  });

  it('stays a herd without jitter', async () => {
    const { steady } = await fleet(false);
    expect(steady.peak / steady.mean).toBeGreaterThan(20);
  });
});
