import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { type Fault, lasting } from '../faults/fault.ts';
import type { Lane, LaneSettings } from '../worlds/lane.ts';

/** What a worker has to make of a bad day, and what it is run with. */
export interface DayPlan extends Pick<LaneSettings, 'pollers'> {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** Of the tokens. */
  readonly lifetimeSeconds: number;
  /** Whether workers reach Temporal through the gateway. Default false. */
  readonly throughGateway?: boolean;
  /** Whether Temporal is restarted, so that its workflows have to lie in a file. Default false. */
  readonly restartsTemporal?: boolean;
  /** Workflows that are started on each worker's queue. Default 1. Above that there is no control. */
  readonly perSecond?: number;
  /** Whether ours are run by `runWorker()`. Default false. */
  readonly isSupervised?: boolean;
  /**
   * From when a worker's way back is measured. Default the end of the cause. Else where the cause ends nothing that a worker could wait for,
   * since what is needed is there: from the first call that Temporal rejected, or from the first request for a token that the identity
   * provider rejected.
   */
  readonly countsFrom?: 'rejected call' | 'rejected request';
  /** Whether a worker is back with a new token alone. Default false. */
  readonly needsToken?: boolean;
  /** Of ours. */
  readonly withinSeconds: number;
  /** How long an activity may take by the server: longer than the cause lasts, so that a second run tells of a lost outcome. Default 60. */
  readonly startToCloseSeconds?: number;
  /** How long the load goes on at least after the cause. Default 5; with a control that needs its time to fail, `control`. */
  readonly afterSeconds?: { readonly ours?: number; readonly control?: number };
}

/** The servers of a bad day, as far as every day needs them. */
export interface Ground extends AsyncDisposable {
  /** Of the load: it goes straight to Temporal, whatever the workers meet. */
  readonly client: TemporalWorkflowClient;
  /** The bundle of the workflows. */
  readonly codePath: string;
  /** What an application has in its environment on that day. */
  envOf(day: DayPlan): Readonly<Record<string, string>>;
  /** Ends what a day has left behind that broke off. */
  recover(): void;
}

/** What goes wrong. */
export interface BadDay<G extends Ground> extends DayPlan {
  /** Lets the cause begin, last and end; resolves when it is over. @param lanes all that run, the control too */
  happen(ground: G, lanes: readonly Lane[]): Promise<void>;
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
  return { ...plan, happen: (ground) => lasting(fault, ground, seconds) };
}

/** @throws RangeError when there is none of that name */
export function dayNamed<D extends DayPlan>(days: readonly D[], name: string): D {
  const day = days.find((known) => known.name === name);
  if (day !== undefined) return day;
  throw new RangeError(`${name} is none of ${days.map((known) => known.name).join(', ')}`);
}
