import {
  type BackoffPolicy,
  type Lease,
  type OptionsOf,
  readInstant,
  RefreshScheduler,
} from '@worker-auth/refresh-scheduler';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { VirtualClock } from './virtual-clock.ts';

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;

/** Workers start evenly within this time: a rollout of the whole fleet at once. */
const startSpreadMs = secondMs;

/** The token server answers within these bounds, evenly drawn. */
const latencyMs = { min: 20, max: 80 };

/** One simulated life of a fleet. */
export interface Scenario {
  readonly workers: number;
  readonly lifetimeMs: number;
  readonly durationMs: number;
  /** Whether renewals and retries are moved by chance, as they are by default. */
  readonly hasJitter: boolean;
  /** While it lasts every token request fails. */
  readonly outage?: { readonly startMs: number; readonly endMs: number } | undefined;
  /** How long to wait after a failure. Default that of the scheduler. */
  readonly backoff?: OptionsOf<BackoffPolicy>;
  readonly seed: number;
}

/** What the token server and the workers saw. */
export interface Observations {
  /** Token requests in each second of the run. */
  readonly requestsPerSecond: Uint32Array;
  /** When a lease ended before it was renewed: one moment per lease. */
  readonly expiredAtMs: readonly number[];
  /** When a worker whose lease had ended got a new one. */
  readonly healedAtMs: readonly number[];
}

/**
 * Runs the real scheduler, once per worker, on a virtual clock.
 *
 * @param onProgress called now and then with the share that is done, 0 to 1
 */
export async function runFleet(
  scenario: Scenario,
  onProgress: (share: number) => void = () => undefined,
): Promise<Observations> {
  const clock = new VirtualClock();
  const random = seededRandom(scenario.seed);
  const requestsPerSecond = new Uint32Array(Math.ceil(scenario.durationMs / secondMs));
  const expiredAtMs: number[] = [];
  const healedAtMs: number[] = [];
  const { outage } = scenario;

  const renew = (): Promise<Lease<null>> => {
    const obtainedAt = readInstant(clock);
    const sentMs = obtainedAt.monotonicMs;
    const second = Math.floor(sentMs / secondMs);
    requestsPerSecond[second] = (requestsPerSecond[second] ?? 0) + 1;
    const isDown = outage !== undefined && sentMs >= outage.startMs && sentMs < outage.endMs;
    clock.holdForPromises();
    return new Promise((resolve, reject) => {
      clock.startTimer(
        () => {
          clock.holdForPromises();
          if (isDown) reject(new Error('503'));
          else resolve({ value: null, obtainedAt, lifetimeMs: scenario.lifetimeMs });
        },
        latencyMs.min + random() * (latencyMs.max - latencyMs.min),
      );
    });
  };

  for (let index = 0; index < scenario.workers; index++) {
    const scheduler = new RefreshScheduler({
      renew,
      clock,
      backoff: scenario.backoff,
      random: scenario.hasJitter ? random : () => 1,
    });
    let isWithoutLease = false;
    scheduler.on('leaseExpired', () => {
      isWithoutLease = true;
      expiredAtMs.push(clock.monotonicNow());
    });
    scheduler.on('renewed', () => {
      if (isWithoutLease) healedAtMs.push(clock.monotonicNow());
      isWithoutLease = false;
    });
    clock.startTimer(
      () => {
        scheduler.start();
      },
      (index * startSpreadMs) / scenario.workers,
    );
  }

  for (let doneMs = 0; doneMs < scenario.durationMs;) {
    doneMs = Math.min(doneMs + 10 * minuteMs, scenario.durationMs);
    await clock.runUntil(doneMs);
    onProgress(doneMs / scenario.durationMs);
  }
  return { requestsPerSecond, expiredAtMs, healedAtMs };
}
