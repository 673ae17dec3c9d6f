import type { WorkerKind } from './worker-messages.ts';

/** What a worker has to make of a bad day, and what it is run with. */
export interface DayPlan {
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
  /** Of ours. Default `autoscaling`. */
  readonly pollers?: Exclude<WorkerKind, 'control'>;
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
