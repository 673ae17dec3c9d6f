import type { temporal } from '@temporalio/proto';
import type { Poller } from '../matching/task-queue.ts';
import type { Failure, Payloads, Plain, ResponseOf } from '../protocol/plain.ts';
import { toSeconds } from '../protocol/times.ts';

/** What a poller of activity tasks gets. */
export type ActivityTaskAnswer = ResponseOf<'pollActivityTaskQueue'>;

/** An activity task in a queue. */
export interface QueuedActivityTask {
  /** What the poller gets; `undefined` when the task is over by now. */
  start(poller: Poller): ActivityTaskAnswer | undefined;
}

/** One attempt of an activity, as its task token tells it. */
export interface ActivityAttempt {
  readonly scheduledEventId: number;
  /** `undefined`: whichever it is now. */
  readonly attempt?: number | undefined;
}

/** What a workflow asks for. */
export type Scheduling = Plain<temporal.api.command.v1.IScheduleActivityTaskCommandAttributes>;

/** The times that an activity can exceed. */
export type TimeoutName = 'SCHEDULE_TO_START' | 'SCHEDULE_TO_CLOSE' | 'START_TO_CLOSE' | 'HEARTBEAT';

/** An activity that has not ended. */
export interface Activity {
  readonly scheduling: Scheduling;
  readonly scheduledEventId: number;
  readonly scheduledMs: number;
  attempt: number;
  attemptScheduledMs: number;
  started: { readonly identity: string; readonly atMs: number } | undefined;
  takeBack: () => void;
  heartbeatDetails: Payloads | null | undefined;
  lastFailure: Failure | undefined;
  cancelRequestedEventId: number | undefined;
}

export function newActivity(scheduling: Scheduling, scheduledEventId: number, now: number): Activity {
  return {
    scheduling,
    scheduledEventId,
    scheduledMs: now,
    attempt: 1,
    attemptScheduledMs: now,
    started: undefined,
    takeBack: () => undefined,
    heartbeatDetails: undefined,
    lastFailure: undefined,
    cancelRequestedEventId: undefined,
  };
}

/** What a poller gets of an activity, without what it has from its run. */
export function describeActivity(activity: Activity): ActivityTaskAnswer {
  const { scheduling, started, attempt, heartbeatDetails } = activity;
  return {
    activityId: scheduling.activityId,
    activityType: scheduling.activityType,
    header: scheduling.header,
    input: scheduling.input,
    heartbeatDetails,
    scheduledTime: toSeconds(activity.scheduledMs),
    currentAttemptScheduledTime: toSeconds(activity.attemptScheduledMs),
    startedTime: toSeconds(started?.atMs ?? activity.attemptScheduledMs),
    attempt,
    scheduleToCloseTimeout: scheduling.scheduleToCloseTimeout,
    startToCloseTimeout: scheduling.startToCloseTimeout,
    heartbeatTimeout: scheduling.heartbeatTimeout,
    retryPolicy: scheduling.retryPolicy,
  };
}

/** The failure of an activity that took too long. */
export function timeoutFailure({ heartbeatDetails }: Activity, name: TimeoutName): Failure {
  const words = name.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return {
    message: `activity ${words.join('')} timeout`,
    source: 'Server',
    timeoutFailureInfo: { timeoutType: `TIMEOUT_TYPE_${name}`, lastHeartbeatDetails: heartbeatDetails },
  };
}
