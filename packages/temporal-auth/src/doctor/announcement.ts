import type { WorkerOptions } from '@temporalio/worker';
import { channel } from 'node:diagnostics_channel';
import type { WorkerMade } from '../worker/native-connections.ts';
import type { Diagnosis } from './diagnosis.ts';

/** What a client or a plugin announces when it is made, and before it makes a worker, to the doctor, when that runs the program to look at it. */
export interface Announcement {
  /** See `TemporalAuthPlugin.diagnose`; the same function in all announcements of one client. */
  readonly diagnose: (options: object, workers: readonly WorkerMade[]) => Promise<Diagnosis>;
  /** `undefined` when no worker is made yet. */
  readonly worker?: WorkerOptions;
  /** Set by the doctor: the worker is made after it. */
  held?: Promise<unknown>;
}

export const announcements = channel('@worker-auth/temporal-auth');
