import type { WorkerOptions } from '@temporalio/worker';
import { channel } from 'node:diagnostics_channel';

/** What a client or a plugin announces when it is made, and before it makes a worker, to the doctor, when that runs the program to look at it. */
export interface Announcement {
  /** See `TemporalAuthPlugin.diagnose`. */
  readonly diagnose: (options: object, workers: readonly object[]) => Promise<unknown>;
  /** `undefined` when no worker is made yet. */
  readonly worker?: WorkerOptions;
  /** Set by the doctor: the worker is made after it. */
  held?: Promise<unknown>;
}

export const announcements = channel('@worker-auth/temporal-auth');
