import { type Fault, lasting } from '../faults/fault.ts';
import type { DayPlan } from './day-plan.ts';
import type { Ground } from './ground.ts';
import type { WorkerUnderTest } from './worker-under-test.ts';

/** What happens on a bad day happens to these. */
export interface Scene<G extends Ground> {
  readonly ground: G;
  /** All that run, the control too. */
  readonly workers: readonly WorkerUnderTest[];
}

/** What goes wrong. */
export interface BadDay<G extends Ground> extends DayPlan {
  /** Lets the cause begin, last and end; resolves when it is over. */
  happen(scene: Scene<G>): Promise<void>;
}

export const keyWithdrawn = {
  title: 'signing key rotated and withdrawn under tokens of 300 s',
  lifetimeSeconds: 300,
  startToCloseSeconds: 90,
  withinSeconds: 5,
  countsFrom: 'rejected call',
  afterSeconds: { control: 130 },
} as const;

/** A day on which one fault lasts for its time. */
export function dayOf<Servers, G extends Ground & Servers>(
  fault: Fault<Servers>,
  seconds: number,
  plan: DayPlan,
): BadDay<G> {
  return { ...plan, happen: ({ ground }) => lasting(fault, ground, seconds) };
}

/** @throws RangeError when there is none of that name */
export function dayNamed<D extends DayPlan>(days: readonly D[], name: string): D {
  const day = days.find((known) => known.name === name);
  if (day !== undefined) return day;
  throw new RangeError(`${name} is none of ${days.map((known) => known.name).join(', ')}`);
}
