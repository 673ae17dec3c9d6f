import { Activities, type ActivityOwner } from './activities.ts';
import { applyCommand, type CloseStatus, type CommandedRun, endsRun, lacking } from './commands.ts';
import { History } from './history.ts';
import {
  type ActivityTaskResponse,
  type Command,
  durationMs,
  type EventAttributes,
  type EventName,
  type Failure,
  toSeconds,
  type WorkflowExecution,
  type WorkflowTaskResponse,
} from './messages.ts';
import { invalidArgument, notFound, type TaskToken, taskToken } from './rpc-error.ts';
import { type RunStart, startedAttributes } from './run-start.ts';
import { NamedTimers, type Poller, type QueuedTask, type Runs, type TaskQueue } from './task-queue.ts';
import { WorkflowTimers } from './workflow-timers.ts';

/** Temporal's own, where the start of a workflow does not say. */
const defaultTaskTimeoutMs = 10_000;

type TaskState =
  | { readonly kind: 'none' }
  | { readonly kind: 'scheduled'; readonly task: QueuedTask<WorkflowTaskResponse> }
  | { readonly kind: 'started'; readonly startedEventId: number };

/**
 * One run of a workflow: its history, its activities and timers, and its workflow tasks, of which there is one at a time, tried again when it
 * fails or when its time has passed. What comes from outside while one is started is written when that has ended.
 */
export class Execution implements ActivityOwner, CommandedRun {
  readonly start: RunStart;
  readonly runs: Runs;
  readonly history: History;
  readonly timers: NamedTimers;
  readonly activities: Activities;
  readonly workflowTimers: WorkflowTimers;
  readonly startedMs: number;
  readonly taskTimeoutMs: number;
  readonly taskQueue: { readonly name: string };
  #closed: { readonly status: CloseStatus; readonly atMs: number } | undefined;
  #task: TaskState = { kind: 'none' };
  #attempt = 1;
  #scheduledEventId = 0;
  #previousStartedEventId = 0;
  /** The requests that brought a signal: one may be repeated. */
  readonly #signalRequests = new Set<string>();
  readonly #buffered: (() => void)[] = [];

  constructor(runs: Runs, start: RunStart) {
    this.runs = runs;
    this.start = start;
    this.history = new History(() => this.now());
    this.timers = new NamedTimers(runs.clock);
    this.activities = new Activities(this);
    this.workflowTimers = new WorkflowTimers(this);
    this.startedMs = this.now();
    this.taskQueue = { name: start.attributes.taskQueue?.name ?? '' };
    this.taskTimeoutMs = durationMs(start.attributes.workflowTaskTimeout) || defaultTaskTimeoutMs;
    this.history.add('workflowExecutionStarted', startedAttributes(start.attributes, this.taskTimeoutMs));
    this.wake();
  }

  get execution(): WorkflowExecution & { readonly workflowId: string; readonly runId: string } {
    return { workflowId: this.start.workflowId, runId: this.start.runId };
  }

  get closed(): { readonly status: CloseStatus; readonly atMs: number } | undefined {
    return this.#closed;
  }

  /** Whether a worker has, or is about to get, something to do for it. */
  get isBusy(): boolean {
    return this.#task.kind !== 'none' || this.activities.pending.some(({ isBackingOff }) => !isBackingOff);
  }

  now(): number {
    return this.runs.clock.wallNow();
  }

  activityQueue(name: string): TaskQueue<QueuedTask<ActivityTaskResponse>> {
    return this.runs.activityQueue(name);
  }

  happen(write: () => void): void {
    if (this.#closed !== undefined) return;
    if (this.#task.kind === 'started') {
      this.#buffered.push(write);
      return;
    }
    write();
    this.wake();
  }

  describeActivity(scheduledEventId: number, attempt: number): ActivityTaskResponse {
    return {
      taskToken: taskToken({ ...this.#place, scheduledEventId, attempt }),
      workflowNamespace: this.runs.name,
      workflowExecution: this.execution,
      workflowType: this.start.attributes.workflowType,
    };
  }

  /** Asks a worker to look at what is new, unless one is asked already. */
  wake(): void {
    if (this.#closed !== undefined || this.#task.kind !== 'none') return;
    const scheduledMs = this.now();
    this.#scheduledEventId = this.history.add('workflowTaskScheduled', {
      taskQueue: this.taskQueue,
      startToCloseTimeout: toSeconds(this.taskTimeoutMs),
      attempt: this.#attempt,
    });
    const task: QueuedTask<WorkflowTaskResponse> = {
      start: (poller) => {
        const isMine = this.#task.kind === 'scheduled' && this.#task.task === task;
        return isMine ? this.#startTask(poller, scheduledMs) : undefined;
      },
    };
    this.#task = { kind: 'scheduled', task };
    this.runs.workflowQueue(this.taskQueue.name).add(task);
  }

  /** @throws RpcError NOT_FOUND when the run has ended */
  signal(requestId: string, attributes: EventAttributes<'workflowExecutionSignaled'>): void {
    if (this.#closed !== undefined) throw notFound('workflow execution already completed');
    if (requestId !== '' && this.#signalRequests.has(requestId)) return;
    this.#signalRequests.add(requestId);
    this.happen(() => {
      this.history.add('workflowExecutionSignaled', attributes);
    });
  }

  /**
   * A worker completes the workflow task: what the workflow decided is done, and written. A command that the fake does not have fails the run.
   *
   * @throws RpcError NOT_FOUND when that task is not the one which is started, INVALID_ARGUMENT when the run is to end and something has
   *   come meanwhile
   */
  completeTask(
    startedEventId: number,
    attributes: EventAttributes<'workflowTaskCompleted'>,
    commands: readonly Command[],
  ): void {
    this.#checkTask(startedEventId);
    if (this.#buffered.length > 0 && commands.some(endsRun)) {
      const cause = 'WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND';
      this.failTask(startedEventId, cause, undefined, attributes.identity ?? '');
      throw invalidArgument('UnhandledCommand');
    }
    const scheduledEventId = this.#endTask();
    this.#attempt = 1;
    this.#previousStartedEventId = startedEventId;
    const completed = { ...attributes, scheduledEventId, startedEventId };
    const completedId = this.history.add('workflowTaskCompleted', completed);
    const failure = lacking(commands);
    const wanted =
      failure === undefined ? commands : [{ failWorkflowExecutionCommandAttributes: { failure } }];
    for (const command of wanted) applyCommand(this, command, completedId);
    if (this.#flush()) this.wake();
  }

  /** @throws RpcError NOT_FOUND when that task is not the one which is started */
  failTask(
    startedEventId: number,
    cause: EventAttributes<'workflowTaskFailed'>['cause'],
    failure: Failure | null | undefined,
    identity: string,
  ): void {
    this.#checkTask(startedEventId);
    const scheduledEventId = this.#endTask();
    this.history.add('workflowTaskFailed', { scheduledEventId, startedEventId, cause, failure, identity });
    this.#tryAgain();
  }

  /** Ends the run with this event. */
  close<Name extends EventName>(status: CloseStatus, event: Name, attributes: EventAttributes<Name>): void {
    this.timers.cancelAll();
    this.activities.close();
    this.#closed = { status, atMs: this.now() };
    this.history.add(event, attributes);
  }

  get #place(): Pick<TaskToken, 'namespace' | 'workflowId' | 'runId'> {
    return { namespace: this.runs.name, ...this.execution };
  }

  #startTask(poller: Poller, scheduledMs: number): WorkflowTaskResponse {
    const scheduledEventId = this.#scheduledEventId;
    const started = { scheduledEventId, identity: poller.identity, historySizeBytes: 0 };
    const startedEventId = this.history.add('workflowTaskStarted', started);
    this.#task = { kind: 'started', startedEventId };
    this.timers.start('workflow task', this.taskTimeoutMs, () => {
      this.#endTask();
      const timeoutType = 'TIMEOUT_TYPE_START_TO_CLOSE';
      this.history.add('workflowTaskTimedOut', { scheduledEventId, startedEventId, timeoutType });
      this.#tryAgain();
    });
    return {
      taskToken: taskToken({ ...this.#place, startedEventId }),
      workflowExecution: this.execution,
      workflowType: this.start.attributes.workflowType,
      workflowExecutionTaskQueue: this.taskQueue,
      previousStartedEventId: this.#previousStartedEventId,
      startedEventId,
      attempt: this.#attempt,
      history: { events: [...this.history.events] },
      scheduledTime: toSeconds(scheduledMs),
      startedTime: toSeconds(this.now()),
    };
  }

  #checkTask(startedEventId: number): void {
    if (this.#task.kind === 'started' && this.#task.startedEventId === startedEventId) return;
    throw notFound('Workflow task not found.');
  }

  #endTask(): number {
    this.timers.cancel('workflow task');
    this.#task = { kind: 'none' };
    return this.#scheduledEventId;
  }

  #tryAgain(): void {
    this.#attempt = this.#flush() ? 1 : this.#attempt + 1;
    this.wake();
  }

  #flush(): boolean {
    const writes = this.#buffered.splice(0);
    if (this.#closed !== undefined) return false;
    for (const write of writes) write();
    return writes.length > 0;
  }
}
