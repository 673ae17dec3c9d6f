import { hourMs, minuteMs, type Observations, secondMs } from './fleet.ts';

/** Peaks are taken over windows of this length: in single seconds, chance alone gives a small fleet high peaks. */
export const windowSeconds = 10;

/** From here on the start of the fleet is left out of the steady state. */
export const steadyFromMs = hourMs;

/** So long after the outage the herd is looked for, and the steady state is not. */
export const aftermathMs = hourMs;

/** Token requests a second over a stretch of the run. */
export interface Rate {
  readonly mean: number;
  /** The fullest window of {@link windowSeconds}. */
  readonly peak: number;
  /** The fullest single second. */
  readonly peakSecond: number;
}

/** What one scenario comes to. */
export interface Summary {
  /** After the start and away from the outage. */
  readonly steady: Rate;
  /** The hour after the outage. */
  readonly aftermath: Rate;
  readonly expiredDuringOutage: number;
  readonly expiredOtherwise: number;
  /** From the end of the outage until the last worker had a token again, in milliseconds. */
  readonly healedAfterMs: number;
}

/** Sums a run up whose outage lay between two moments. */
export function summarize(seen: Observations, outage: { startMs: number; endMs: number }): Summary {
  const { requestsPerSecond: requests, expiredAtMs, healedAtMs } = seen;
  const between = (fromMs: number, toMs: number): Uint32Array =>
    requests.subarray(fromMs / secondMs, toMs / secondMs);
  const aftermathEndMs = outage.endMs + aftermathMs;
  const during = expiredAtMs.filter((atMs) => atMs >= outage.startMs && atMs < outage.endMs).length;
  return {
    steady: rate(between(steadyFromMs, outage.startMs), between(aftermathEndMs, requests.length * secondMs)),
    aftermath: rate(between(outage.endMs, aftermathEndMs)),
    expiredDuringOutage: during,
    expiredOtherwise: expiredAtMs.length - during,
    healedAfterMs: Math.max(0, ...healedAtMs.slice(-1).map((atMs) => atMs - outage.endMs)),
  };
}

/** The highest rate of any window, for each stretch of `minutes`: what the picture shows. */
export function peaks(requestsPerSecond: Uint32Array, minutes: number): number[] {
  const length = (minutes * minuteMs) / secondMs;
  return Array.from({ length: Math.ceil(requestsPerSecond.length / length) }, (_, index) =>
    Math.max(...windowRates(requestsPerSecond.subarray(index * length, (index + 1) * length))),
  );
}

/** What an outage comes to that outlasts every lease. */
export interface OutageSummary {
  /** Once the last lease has ended, until the server is good again. */
  readonly during: Rate;
  /** From then on, until the last worker has a token. */
  readonly after: Rate;
  /** From the end of the outage until half of the workers had a token again, in milliseconds. */
  readonly halfHealedAfterMs: number;
  /** ... until 99 in 100 had. */
  readonly mostHealedAfterMs: number;
  /** ... until all had. */
  readonly allHealedAfterMs: number;
}

/** Sums a run up in which every worker lost its lease to the outage. */
export function summarizeOutage(
  seen: Observations,
  outage: { startMs: number; endMs: number },
  lifetimeMs: number,
): OutageSummary {
  const between = (fromMs: number, toMs: number): Uint32Array =>
    seen.requestsPerSecond.subarray(Math.ceil(fromMs / secondMs), Math.ceil(toMs / secondMs));
  const healedAfterMs = seen.healedAtMs
    .map((atMs) => atMs - outage.endMs)
    .filter((ms) => ms > 0)
    .sort((a, b) => a - b);
  const healed = (share: number): number => healedAfterMs[Math.ceil(share * healedAfterMs.length) - 1] ?? 0;
  // Windows need their full length.
  const afterMs = Math.max(healed(1), windowSeconds * secondMs);
  return {
    during: rate(between(outage.startMs + lifetimeMs, outage.endMs)),
    after: rate(between(outage.endMs, outage.endMs + afterMs)),
    halfHealedAfterMs: healed(0.5),
    mostHealedAfterMs: healed(0.99),
    allHealedAfterMs: healed(1),
  };
}

function rate(...stretches: Uint32Array[]): Rate {
  const all = stretches.flatMap((stretch) => [...stretch]);
  return {
    mean: all.reduce((sum, count) => sum + count, 0) / all.length,
    peak: Math.max(...stretches.flatMap(windowRates)),
    peakSecond: all.reduce((highest, count) => Math.max(highest, count), 0),
  };
}

function windowRates(requestsPerSecond: Uint32Array): number[] {
  return Array.from({ length: Math.floor(requestsPerSecond.length / windowSeconds) }, (_, index) => {
    const window = requestsPerSecond.subarray(index * windowSeconds, (index + 1) * windowSeconds);
    return window.reduce((sum, count) => sum + count, 0) / windowSeconds;
  });
}
