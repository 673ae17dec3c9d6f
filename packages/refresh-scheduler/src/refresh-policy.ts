import {
  anyMs,
  checkOptions,
  checkOrder,
  checkRange,
  type OptionsOf,
  positiveMs,
  withDefaults,
} from '@worker-auth/internal';
import { draw } from './chance.ts';

/** When a lease is refreshed, as a function of its lifetime: see {@link refreshDelay}. */
export interface RefreshPolicy {
  /** Share of the lifetime after which the lease is refreshed, above 0 and at most 1. Default 0.8. */
  readonly ratio: number;
  /** The delay is raised to this, unless the lifetime is too short for it. Milliseconds, 0 or more. Default 5 min. */
  readonly minDelayMs: number;
  /** The delay is lowered to this. Milliseconds, above 0 and not below {@link minDelayMs}. Default 30 min. */
  readonly maxDelayMs: number;
}

/** Time kept between the refresh and the end of the lease, in milliseconds: three attempts that each run into the default deadline of 10 s. */
const marginMs = 30_000;

/** The margin is at most this share of the lifetime, so that it fits a short lease. */
const marginRatio = 0.2;

/** Chance moves a refresh earlier by at most this share of the lifetime: a fleet that began together is spread after a few refreshes. */
const jitterRatio = 0.2;

/** Chance takes at most this share of the delay, however long the lifetime is. */
const maxJitterShare = 0.5;

/** Chance takes no more than this, in milliseconds: it is enough to spread any fleet, and a long lease costs no more refreshes than it must. */
const maxJitterMs = 1_800_000;

/** The policy that applies where none is given. */
export const defaultRefreshPolicy: RefreshPolicy = {
  ratio: 0.8,
  minDelayMs: 300_000,
  maxDelayMs: 1_800_000,
};

/**
 * A whole policy from some of its settings.
 *
 * @throws RangeError for a setting outside its range, and when `minDelayMs` is above `maxDelayMs`
 */
export function resolveRefreshPolicy(settings: OptionsOf<RefreshPolicy> = {}): RefreshPolicy {
  checkOptions<object>('policy', settings, defaultRefreshPolicy);
  const policy = withDefaults(defaultRefreshPolicy, settings);
  checkRange('ratio', policy.ratio, { min: 0, max: 1, aboveMin: true });
  checkRange('minDelayMs', policy.minDelayMs, anyMs);
  checkRange('maxDelayMs', policy.maxDelayMs, positiveMs);
  checkOrder('minDelayMs', policy.minDelayMs, 'maxDelayMs', policy.maxDelayMs);
  return policy;
}

/**
 * How long after a lease was obtained it is refreshed, in whole milliseconds:
 * `min(clamp(ratio * lifetime, minDelay, maxDelay), lifetime - margin)` with
 * `margin = min(30 s, 0.2 * lifetime)`, then earlier by
 * `(1 - random()) * min(0.2 * lifetime, 0.5 * delay, 30 min)`.
 *
 * The lower clamp gives way to the lifetime: a lease of 5 minutes is refreshed after 4.5 minutes at the latest.
 * Draw it once per lease: a new draw on every look would move the refresh to the earliest moment of its range.
 *
 * @param lifetimeMs how long the lease is good for; finite and above 0
 * @param policy settings over {@link defaultRefreshPolicy}
 * @param random a number from 0 to 1, where 1 gives the latest moment; default `Math.random`
 * @throws RangeError for a lifetime or a policy outside its range
 */
export function refreshDelay(
  lifetimeMs: number,
  policy: OptionsOf<RefreshPolicy> = {},
  random: () => number = Math.random,
): number {
  checkRange('lifetimeMs', lifetimeMs, positiveMs);
  return drawRefreshDelay(lifetimeMs, resolveRefreshPolicy(policy), random);
}

/** {@link refreshDelay} by a whole policy and of a lifetime that was checked, as the scheduler keeps them. */
export function drawRefreshDelay(lifetimeMs: number, policy: RefreshPolicy, random: () => number): number {
  const { ratio, minDelayMs, maxDelayMs } = policy;
  const clamped = Math.min(Math.max(ratio * lifetimeMs, minDelayMs), maxDelayMs);
  const latest = Math.min(clamped, lifetimeMs - marginOf(lifetimeMs));
  const jitter = Math.min(jitterRatio * lifetimeMs, maxJitterShare * latest, maxJitterMs);
  return Math.floor(latest - (1 - draw(random)) * jitter);
}

/** Time kept between the refresh of a lease and its end, in milliseconds. */
export function marginOf(lifetimeMs: number): number {
  return Math.min(marginMs, marginRatio * lifetimeMs);
}
