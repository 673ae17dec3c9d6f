import type { temporal } from '@temporalio/proto';
import {
  type ActivityTaskResponse,
  type EventAttributes,
  type Failure,
  type Payloads,
  type Plain,
  toSeconds,
} from './messages.ts';

/** One attempt of an activity, as its task token names it. */
export interface ActivityAttempt {
  readonly scheduledEventId: number;
  readonly attempt: number | undefined;
}

export type Scheduling = Plain<temporal.api.command.v1.IScheduleActivityTaskCommandAttributes>;

/** The times that an activity can exceed. */
export type TimeoutName = 'START_TO_CLOSE' | 'HEARTBEAT';

/** An activity that has not ended. */
export interface Activity {
  readonly scheduling: Scheduling;
  readonly scheduledEventId: number;
  readonly scheduledMs: number;
  attempt: number;
  attemptScheduledMs: number;
  started: { readonly identity: string; readonly atMs: number } | undefined;
  /** Whether it waits for its next attempt. */
  isBackingOff: boolean;
  heartbeatDetails: Payloads | null | undefined;
  lastFailure: Failure | undefined;
}

/** The events before the one that says how an activity ended. */
export type StartedEvents = Required<
  Pick<EventAttributes<'activityTaskCompleted'>, 'scheduledEventId' | 'startedEventId'>
>;

/** What a poller gets of an activity, without what it has from its run. */
export function describeActivity(activity: Activity): ActivityTaskResponse {
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
