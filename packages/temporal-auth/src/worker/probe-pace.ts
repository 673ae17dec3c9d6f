/** When a connection is probed, in milliseconds. */
export interface ProbePace {
  /** While all is well, on average: each wait is up to an eighth shorter or longer, at random. */
  readonly idleMs: number;
  /** How soon after something that only a probe can tell the truth about (a refused call, a new token), */
  readonly soonMs: number;
  /** unless the probe before began less than this long ago: then as soon as that is over. */
  readonly apartMs: number;
  /** The first wait while all is not well; it doubles with each probe, */
  readonly firstMs: number;
  /** up to this. Each is shortened by a random part of up to a half. */
  readonly maxMs: number;
}

/** Costs 500 calls a second for 10,000 idle workers; sees within 3 s that Temporal is back. */
export const defaultProbePace: ProbePace = {
  idleMs: 20_000,
  soonMs: 300,
  apartMs: 2_000,
  firstMs: 500,
  maxMs: 3_000,
};

/** The wait before the next probe while the last one was good. */
export function idleWait({ idleMs }: ProbePace, random: () => number): number {
  return idleMs * (7 / 8 + random() / 4);
}

/** The wait before the next probe after `count` in a row that were not good. */
export function troubledWait({ firstMs, maxMs }: ProbePace, count: number, random: () => number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.max(0, count - 1)) * (1 - random() / 2);
}

/** The wait before the next probe after something that only a probe can tell the truth about. */
export function soonWait({ soonMs, apartMs }: ProbePace, sinceLastMs: number): number {
  return Math.max(soonMs, apartMs - sinceLastMs);
}
