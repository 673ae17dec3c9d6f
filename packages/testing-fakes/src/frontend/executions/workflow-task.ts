import type { NamedTimers } from '../frontend-clock.ts';
import type { Poller, TaskQueue } from '../matching/task-queue.ts';
import type { ResponseOf } from '../protocol/plain.ts';
import type { History } from './history.ts';

/** What a poller of workflow tasks gets. */
export type WorkflowTaskResponse = ResponseOf<'pollWorkflowTaskQueue'>;

/** A task in a queue: started by its poll. */
export interface QueuedWorkflowTask {
  /** What the poller gets; `undefined` when the task has ended by now. */
  start(poller: Poller): WorkflowTaskResponse | undefined;
}

/** A run, as far as its workflow tasks need it. */
export interface WorkflowTaskOwner {
  readonly history: History;
  readonly timers: NamedTimers;
  readonly taskQueue: { readonly name: string };
  /** Milliseconds. */
  readonly taskTimeoutMs: number;
  now(): number;
  queue(): TaskQueue<QueuedWorkflowTask>;
  /** The events that came while a task was started become part of the history. Returns whether there were any. */
  flush(): boolean;
  /** What a poller gets of every task of this run. */
  describeTask(startedEventId: number): WorkflowTaskResponse;
}
