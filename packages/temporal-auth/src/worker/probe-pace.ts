import type { ProbeResult } from '../connection/probe.ts';

/** While all is well, on average, in ms: each wait is up to an eighth shorter or longer, at random. Costs 500 calls a second for 10,000 idle workers. */
export const idleMs = 20_000;

/** How soon after something that only a probe can tell the truth about, such as a rejected call, in ms; but so long after the probe before. */
const soon = { waitMs: 50, apartMs: 2_000 };

/** How long after the last accepted result of an activity, in ms: a busy worker whose calls are lost without a word falls silent first. */
export const silenceMs = 5_000;

/**
 * The first wait after each result, and the longest; it grows with each result of the same kind. After a rejection the next ones are soon: a
 * token that is revoked once may be revoked again. Temporal's Core repeats by itself a call that is throttled or has no answer, the latter ten times in
 * ten seconds, with lines in the log: the waits after these are long.
 */
const waits = {
  good: { firstMs: 1_000, factor: 2, maxMs: Infinity },
  refused: { firstMs: 500, factor: 2, maxMs: 3_000 },
  unreachable: { firstMs: 1_000, factor: 4, maxMs: 60_000 },
  throttled: { firstMs: 180_000, factor: 2, maxMs: 300_000 },
} as const;

/** The wait before the next probe after `count` results of this kind in a row. */
export function waitAfter(kind: ProbeResult['kind'], count: number, random: () => number): number {
  const { firstMs, factor, maxMs } = waits[kind];
  const waitMs = Math.min(maxMs, firstMs * factor ** Math.max(0, count - 1));
  if (kind === 'good' && waitMs >= idleMs) return idleMs * (7 / 8 + random() / 4);
  return waitMs * (1 - random() / 2);
}

/** The wait before the next probe after something that only a probe can tell the truth about. */
export function soonWait(sinceLastMs: number): number {
  return Math.max(soon.waitMs, soon.apartMs - sinceLastMs);
}
