import type { Poller } from '../matching/task-queue.ts';
import type { EventAttributes, Failure } from '../protocol/plain.ts';
import { notFound } from '../protocol/rpc-error.ts';
import { toSeconds } from '../protocol/times.ts';
import type { HistoryEvent } from './history.ts';
import type { QueuedWorkflowTask, WorkflowTaskResponse, WorkflowTaskOwner } from './workflow-task.ts';

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'scheduled'; readonly task: QueuedWorkflowTask }
  | {
      readonly kind: 'started';
      readonly startedEventId: number;
      /** The events of an attempt after the first are written once it succeeds, as in Temporal. */
      readonly drafts: readonly HistoryEvent[];
    };

type TaskFailure = EventAttributes<'workflowTaskFailed'>;

/** The workflow tasks of one run: at most one at a time, tried again when it fails or when its time has passed. */
export class WorkflowTasks {
  readonly #owner: WorkflowTaskOwner;
  #state: State = { kind: 'none' };
  #attempt = 1;
  #scheduledEventId = 0;
  #previousStartedEventId = 0;

  constructor(owner: WorkflowTaskOwner) {
    this.#owner = owner;
  }

  get isStarted(): boolean {
    return this.#state.kind === 'started';
  }

  get isOpen(): boolean {
    return this.#state.kind !== 'none';
  }

  /** Asks a worker to look at what is new, unless one is asked already. */
  schedule(): void {
    if (this.#state.kind !== 'none') return;
    if (this.#attempt === 1) {
      this.#scheduledEventId = this.#owner.history.add('workflowTaskScheduled', this.#scheduledAttributes());
    }
    const scheduledMs = this.#owner.now();
    const task: QueuedWorkflowTask = {
      start: (poller) => {
        const isMine = this.#state.kind === 'scheduled' && this.#state.task === task;
        return isMine ? this.#start(poller, scheduledMs) : undefined;
      },
    };
    this.#state = { kind: 'scheduled', task };
    this.#owner.queue().add(task);
  }

  /** @throws RpcError NOT_FOUND when that task is not the one which is started */
  check(startedEventId: number): void {
    if (this.#state.kind !== 'started' || this.#state.startedEventId !== startedEventId) {
      throw notFound('Workflow task not found.');
    }
  }

  /** @returns the id of the event that says so */
  complete(attributes: EventAttributes<'workflowTaskCompleted'>): number {
    const { history } = this.#owner;
    const startedEventId = this.#startedEventId;
    for (const draft of this.#state.kind === 'started' ? this.#state.drafts : []) history.adopt(draft);
    this.#end();
    this.#attempt = 1;
    this.#previousStartedEventId = startedEventId;
    return history.add('workflowTaskCompleted', {
      ...attributes,
      scheduledEventId: this.#scheduledEventId,
      startedEventId,
    });
  }

  fail(cause: TaskFailure['cause'], failure: Failure | null | undefined, identity: string): void {
    const startedEventId = this.#startedEventId;
    const { history } = this.#owner;
    this.#tryAgain(() => {
      const scheduledEventId = this.#scheduledEventId;
      history.add('workflowTaskFailed', { scheduledEventId, startedEventId, cause, failure, identity });
    });
  }

  /** There will be no more. */
  close(): void {
    this.#end();
  }

  get #startedEventId(): number {
    return this.#state.kind === 'started' ? this.#state.startedEventId : 0;
  }

  #start(poller: Poller, scheduledMs: number): WorkflowTaskResponse {
    const { history, timers, taskTimeoutMs } = this.#owner;
    const drafts = this.#attempt === 1 ? [] : this.#draftRepetition(poller);
    const startedEventId =
      drafts.at(-1)?.eventId ??
      history.add('workflowTaskStarted', {
        scheduledEventId: this.#scheduledEventId,
        identity: poller.identity,
        historySizeBytes: 0,
      });
    this.#state = { kind: 'started', startedEventId, drafts };
    timers.start('workflow task', taskTimeoutMs, () => {
      this.#tryAgain(() => {
        const scheduledEventId = this.#scheduledEventId;
        const timeoutType = 'TIMEOUT_TYPE_START_TO_CLOSE';
        history.add('workflowTaskTimedOut', { scheduledEventId, startedEventId, timeoutType });
      });
    });
    return {
      ...this.#owner.describeTask(startedEventId),
      previousStartedEventId: this.#previousStartedEventId,
      startedEventId,
      attempt: this.#attempt,
      history: { events: [...history.events, ...drafts] },
      scheduledTime: toSeconds(scheduledMs),
      startedTime: toSeconds(this.#owner.now()),
    };
  }

  #scheduledAttributes(): EventAttributes<'workflowTaskScheduled'> {
    const { taskQueue, taskTimeoutMs } = this.#owner;
    return { taskQueue, startToCloseTimeout: toSeconds(taskTimeoutMs), attempt: this.#attempt };
  }

  #draftRepetition(poller: Poller): HistoryEvent[] {
    const { history } = this.#owner;
    const scheduledEventId = history.length + 1;
    this.#scheduledEventId = scheduledEventId;
    const started = { scheduledEventId, identity: poller.identity };
    return [
      history.draft('workflowTaskScheduled', this.#scheduledAttributes(), scheduledEventId),
      history.draft('workflowTaskStarted', started, scheduledEventId + 1),
    ];
  }

  /** @param write the event that says why; only the first attempt's becomes part of the history, as in Temporal */
  #tryAgain(write: () => void): void {
    const isFirst = this.#attempt === 1;
    this.#end();
    if (isFirst) write();
    this.#attempt++;
    if (this.#owner.flush()) this.#attempt = 1;
    this.schedule();
  }

  #end(): void {
    this.#owner.timers.cancel('workflow task');
    this.#state = { kind: 'none' };
  }
}
