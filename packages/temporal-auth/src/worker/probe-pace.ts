import type { ProbeResult } from '../connection/probe.ts';

/** While all is well, on average, in ms: each wait is up to an eighth shorter or longer, at random. Costs 500 calls a second for 10,000 idle workers. */
const idleMs = 20_000;

/** How soon after something that only a probe can tell the truth about, such as a rejected call, in ms; but so long after the probe before. */
const soon = { waitMs: 50, apartMs: 2_000 };

/** How long after the last accepted result of an activity, in ms: a busy worker whose calls are lost without a word falls silent first. */
export const silenceMs = 5_000;

/**
 * The first wait after each result, and the longest; it doubles with each result of the same kind. After a rejection the next ones are soon:
 * a token that is revoked once may be revoked again. Temporal's Core repeats a throttled call by itself, so under throttling the waits are long.
 */
const waits: Readonly<Record<ProbeResult['kind'], { readonly firstMs: number; readonly maxMs: number }>> = {
  good: { firstMs: 1_000, maxMs: Infinity },
  refused: { firstMs: 500, maxMs: 3_000 },
  unreachable: { firstMs: 1_000, maxMs: 60_000 },
  throttled: { firstMs: 180_000, maxMs: 300_000 },
};

/** The wait before the next probe after `count` results of this kind in a row. */
export function waitAfter(kind: ProbeResult['kind'], count: number, random: () => number): number {
  const { firstMs, maxMs } = waits[kind];
  const waitMs = Math.min(maxMs, firstMs * 2 ** Math.max(0, count - 1));
  if (kind === 'good' && waitMs >= idleMs) return idleMs * (7 / 8 + random() / 4);
  return waitMs * (1 - random() / 2);
}

/** The wait before the next probe after something that only a probe can tell the truth about. */
export function soonWait(sinceLastMs: number): number {
  return Math.max(soon.waitMs, soon.apartMs - sinceLastMs);
}
