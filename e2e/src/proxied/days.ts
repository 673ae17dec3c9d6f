import { atMethods } from '../faults/at-gateway.ts';
import { faults } from '../faults/catalogue.ts';
import { results } from '../worlds/calls.ts';
import type { TimedFault } from '../worlds/world.ts';

/** A bad day of plain workers. */
export interface ProxiedDay {
  readonly title: string;
  readonly seconds: number;
  /** Default: Temporal itself is restarted. */
  readonly fault?: TimedFault['fault'];
  /** Behind one address; the first one has the fault. Default 1. */
  readonly frontends?: number;
  /** In it no worker stands still for longer. */
  readonly stallMs?: number;
  /** After it a worker is back sooner. Default 15 s: many times what a quiet machine needs. */
  readonly backMs?: number;
  /** Workflows that are started on each worker's queue. Default 1. */
  readonly perSecond?: number;
  /** Of each activity. Default half a second, without heartbeats. */
  readonly activity?: readonly [seconds: number, heartbeatSeconds: number];
}

/** Nothing that tells of an activity's result is accepted. */
export const resultsRejected = atMethods(results, 'permissionDenied');

export const rejectedFor = (seconds: number): ProxiedDay => ({
  ...{ title: `all rejected ${seconds} s`, seconds, fault: faults.rejected },
});

export const days: readonly ProxiedDay[] = [
  rejectedFor(90),
  { title: 'results rejected 30 s', seconds: 30, fault: resultsRejected },
  {
    ...{ title: 'results rejected 30 s, heartbeat timeout 4 s', seconds: 30, fault: resultsRejected },
    activity: [1, 4],
  },
  {
    ...{ title: 'one of two frontends rejects 40 s', seconds: 40, fault: faults.rejected },
    frontends: 2,
  },
  { title: 'old key withdrawn', seconds: 20, fault: faults['key-withdrawn'] },
  { title: 'connections half-open', seconds: 20, fault: faults['half-open'], stallMs: 10_000 },
  { title: 'Temporal away 40 s', seconds: 40, fault: faults['temporal-away'] },
  { title: 'GOAWAY each 2 s for 30 s', seconds: 30, fault: faults['goaway-each-2-s'], stallMs: 4_000 },
  // It needs some seconds until it hands out tasks, the more of them wait for it.
  { title: 'Temporal restarted, down for 10 s', seconds: 10, backMs: 30_000, perSecond: 0.5 },
];
