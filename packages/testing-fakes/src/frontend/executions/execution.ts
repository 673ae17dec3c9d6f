import { type FrontendClock, NamedTimers } from '../frontend-clock.ts';
import type { TaskQueue } from '../matching/task-queue.ts';
import type { EventAttributes, EventName, WorkflowExecution } from '../protocol/plain.ts';
import { type TaskToken, taskToken } from '../protocol/task-token.ts';
import { durationMs } from '../protocol/times.ts';
import { Activities } from './activities.ts';
import type { ActivityTaskResponse, QueuedActivityTask } from './activity.ts';
import { History } from './history.ts';
import { type CloseStatus, type RunStart, startedAttributes } from './run-start.ts';
import type { QueuedWorkflowTask, WorkflowTaskResponse } from './workflow-task.ts';
import { WorkflowTasks } from './workflow-tasks.ts';

/** Temporal's own, where the start of a workflow does not say. */
const defaultTaskTimeoutMs = 10_000;

/** The namespace of a run, as far as the run needs it. */
export interface Runs {
  readonly name: string;
  readonly clock: FrontendClock;
  workflowQueue(name: string): TaskQueue<QueuedWorkflowTask>;
  activityQueue(name: string): TaskQueue<QueuedActivityTask>;
}

/** One run of a workflow. */
export class Execution {
  readonly start: RunStart;
  readonly runs: Runs;
  readonly history: History;
  readonly timers: NamedTimers;
  readonly activities: Activities;
  readonly workflowTasks: WorkflowTasks;
  readonly startedMs: number;
  readonly taskTimeoutMs: number;
  readonly taskQueue: { readonly name: string };
  #closed: { readonly status: CloseStatus; readonly atMs: number } | undefined;
  readonly #buffered: (() => void)[] = [];

  constructor(runs: Runs, start: RunStart) {
    this.runs = runs;
    this.start = start;
    this.history = new History(() => this.now());
    this.timers = new NamedTimers(runs.clock);
    this.activities = new Activities(this);
    this.startedMs = this.now();
    this.taskQueue = { name: start.attributes.taskQueue?.name ?? '' };
    this.taskTimeoutMs = durationMs(start.attributes.workflowTaskTimeout) || defaultTaskTimeoutMs;
    this.workflowTasks = new WorkflowTasks(this);
    this.history.add('workflowExecutionStarted', startedAttributes(start, this.taskTimeoutMs));
    this.workflowTasks.schedule();
  }

  get execution(): WorkflowExecution & { readonly workflowId: string; readonly runId: string } {
    return { workflowId: this.start.workflowId, runId: this.start.runId };
  }

  get closed(): { readonly status: CloseStatus; readonly atMs: number } | undefined {
    return this.#closed;
  }

  /** Whether a worker has, or is about to get, something to do for it. */
  get isBusy(): boolean {
    return this.workflowTasks.isOpen || this.activities.pending.some(({ isBackingOff }) => !isBackingOff);
  }

  get hasBuffered(): boolean {
    return this.#buffered.length > 0;
  }

  now(): number {
    return this.runs.clock.wallNow();
  }

  queue(): TaskQueue<QueuedWorkflowTask> {
    return this.runs.workflowQueue(this.taskQueue.name);
  }

  /** Writes what comes from outside: now, or once the workflow task that is started has ended. */
  happen(write: () => void): void {
    if (this.#closed !== undefined) return;
    if (this.workflowTasks.isStarted) {
      this.#buffered.push(write);
      return;
    }
    write();
    this.wake();
  }

  /** The workflow has something to look at. */
  wake(): void {
    if (this.#closed === undefined) this.workflowTasks.schedule();
  }

  flush(): boolean {
    const writes = this.#buffered.splice(0);
    for (const write of writes) write();
    return writes.length > 0;
  }

  close<Name extends EventName>(status: CloseStatus, event: Name, attributes: EventAttributes<Name>): void {
    this.timers.cancelAll();
    this.activities.close();
    this.workflowTasks.close();
    this.#closed = { status, atMs: this.now() };
    this.history.add(event, attributes);
  }

  /** What a poller gets of every task of this run. */
  describeTask(startedEventId: number): WorkflowTaskResponse {
    return {
      taskToken: taskToken({ ...this.place, startedEventId }),
      workflowExecution: this.execution,
      workflowType: this.start.attributes.workflowType,
      workflowExecutionTaskQueue: this.taskQueue,
    };
  }

  describeActivity(scheduledEventId: number, attempt: number): ActivityTaskResponse {
    return {
      taskToken: taskToken({ ...this.place, scheduledEventId, attempt }),
      workflowNamespace: this.runs.name,
      workflowExecution: this.execution,
      workflowType: this.start.attributes.workflowType,
    };
  }

  activityQueue(name: string): TaskQueue<QueuedActivityTask> {
    return this.runs.activityQueue(name);
  }

  /** Which run it is, for task tokens. */
  get place(): Pick<TaskToken, 'namespace' | 'workflowId' | 'runId'> {
    return { namespace: this.runs.name, workflowId: this.start.workflowId, runId: this.start.runId };
  }
}
