import {
  type Activity,
  type ActivityAttempt,
  describeActivity,
  type Scheduling,
  type StartedEvents,
  timeoutFailure,
  type TimeoutName,
} from './activity.ts';
import type { History } from './history.ts';
import { type ActivityTaskResponse, durationMs, type Failure, type Payloads } from './messages.ts';
import { decideRetry } from './retry.ts';
import { notFound } from './rpc-error.ts';
import type { NamedTimers, Poller, QueuedTask, TaskQueue } from './task-queue.ts';

/** A run, as far as its activities need it. */
export interface ActivityOwner {
  readonly history: History;
  readonly timers: NamedTimers;
  now(): number;
  activityQueue(name: string): TaskQueue<QueuedTask<ActivityTaskResponse>>;
  /** Writes events now, or once the workflow task that is started has ended, and has the workflow look at them. */
  happen(write: () => void): void;
  describeActivity(scheduledEventId: number, attempt: number): ActivityTaskResponse;
}

/** The activities of one run that have not ended. */
export class Activities {
  readonly #owner: ActivityOwner;
  readonly #open = new Map<number, Activity>();

  constructor(owner: ActivityOwner) {
    this.#owner = owner;
  }

  get pending(): readonly Activity[] {
    return [...this.#open.values()];
  }

  schedule(scheduling: Scheduling, scheduledEventId: number): void {
    const nowMs = this.#owner.now();
    const activity: Activity = {
      scheduling,
      scheduledEventId,
      scheduledMs: nowMs,
      attempt: 1,
      attemptScheduledMs: nowMs,
      started: undefined,
      isBackingOff: false,
      heartbeatDetails: undefined,
      lastFailure: undefined,
    };
    this.#open.set(scheduledEventId, activity);
    this.#enqueue(activity);
  }

  complete(attempt: ActivityAttempt, result: Payloads | null | undefined, identity: string): void {
    const activity = this.#started(attempt);
    this.#end(activity, (events) => {
      this.#owner.history.add('activityTaskCompleted', { ...events, result, identity });
    });
  }

  fail(
    attempt: ActivityAttempt,
    failure: Failure,
    heartbeatDetails: Payloads | null | undefined,
    identity: string,
  ): void {
    const activity = this.#started(attempt);
    activity.heartbeatDetails = heartbeatDetails ?? activity.heartbeatDetails;
    this.#failed(activity, failure, (events, retryState) => {
      this.#owner.history.add('activityTaskFailed', { ...events, failure, retryState, identity });
    });
  }

  heartbeat(attempt: ActivityAttempt, details: Payloads | null | undefined): void {
    const activity = this.#started(attempt);
    activity.heartbeatDetails = details;
    this.#startTimeout(activity, 'HEARTBEAT', activity.scheduling.heartbeatTimeout);
  }

  /** The run has ended: nobody asks for them any more. */
  close(): void {
    for (const activity of [...this.#open.values()]) this.#forget(activity);
  }

  #enqueue(activity: Activity): void {
    const { taskQueue } = activity.scheduling;
    activity.isBackingOff = false;
    this.#owner.activityQueue(taskQueue?.name ?? '').add({
      start: (poller) => {
        const isOpen = this.#open.has(activity.scheduledEventId);
        return isOpen ? this.#start(activity, poller) : undefined;
      },
    });
  }

  #start(activity: Activity, poller: Poller): ActivityTaskResponse {
    const { scheduling, scheduledEventId, attempt } = activity;
    activity.started = { identity: poller.identity, atMs: this.#owner.now() };
    this.#startTimeout(activity, 'START_TO_CLOSE', scheduling.startToCloseTimeout);
    this.#startTimeout(activity, 'HEARTBEAT', scheduling.heartbeatTimeout);
    return { ...this.#owner.describeActivity(scheduledEventId, attempt), ...describeActivity(activity) };
  }

  #startTimeout(activity: Activity, name: TimeoutName, duration: Parameters<typeof durationMs>[0]): void {
    const ms = durationMs(duration);
    if (ms === 0) return;
    this.#owner.timers.start(`activity ${activity.scheduledEventId} ${name}`, ms, () => {
      this.#timedOut(activity, name);
    });
  }

  #timedOut(activity: Activity, name: TimeoutName): void {
    const failure = timeoutFailure(activity, name);
    this.#failed(activity, failure, (events, retryState) => {
      const shown = { ...failure, cause: activity.lastFailure };
      this.#owner.history.add('activityTaskTimedOut', { ...events, failure: shown, retryState });
    });
  }

  #failed(
    activity: Activity,
    failure: Failure,
    write: (events: StartedEvents, retryState: string) => void,
  ): void {
    const { scheduling, attempt, scheduledMs } = activity;
    const lifetimeMs = durationMs(scheduling.scheduleToCloseTimeout) || Infinity;
    const remainingMs = scheduledMs + lifetimeMs - this.#owner.now();
    const decision = decideRetry(scheduling.retryPolicy, failure, attempt, remainingMs);
    const { retryState } = decision;
    if (retryState !== undefined) {
      this.#end(activity, (events) => {
        write(events, retryState);
      });
      return;
    }
    activity.attempt++;
    activity.lastFailure = failure;
    activity.started = undefined;
    activity.isBackingOff = true;
    activity.attemptScheduledMs = this.#owner.now() + decision.delayMs;
    this.#cancelTimeouts(activity, 'START_TO_CLOSE', 'HEARTBEAT');
    this.#owner.timers.start(`activity ${activity.scheduledEventId} retry`, decision.delayMs, () => {
      this.#enqueue(activity);
    });
  }

  #started({ scheduledEventId, attempt }: ActivityAttempt): Activity {
    const activity = this.#open.get(scheduledEventId);
    if (activity?.started === undefined || activity.attempt !== attempt) {
      throw notFound('invalid activityID or activity already timed out or invoking workflow is completed');
    }
    return activity;
  }

  /** Temporal writes that an activity was started when it ends, because only then it is known which attempt counted. */
  #end(activity: Activity, write: (events: StartedEvents) => void): void {
    this.#forget(activity);
    const { scheduledEventId, attempt, started, lastFailure } = activity;
    this.#owner.happen(() => {
      const startedEventId =
        started === undefined
          ? 0
          : this.#owner.history.add('activityTaskStarted', {
              scheduledEventId,
              identity: started.identity,
              attempt,
              lastFailure,
            });
      write({ scheduledEventId, startedEventId });
    });
  }

  #forget(activity: Activity): void {
    this.#open.delete(activity.scheduledEventId);
    this.#cancelTimeouts(activity, 'START_TO_CLOSE', 'HEARTBEAT', 'retry');
  }

  #cancelTimeouts(activity: Activity, ...names: readonly (TimeoutName | 'retry')[]): void {
    for (const name of names) this.#owner.timers.cancel(`activity ${activity.scheduledEventId} ${name}`);
  }
}
