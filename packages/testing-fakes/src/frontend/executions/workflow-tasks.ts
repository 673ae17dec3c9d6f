import type { Poller } from '../matching/task-queue.ts';
import type { EventAttributes, Failure } from '../protocol/plain.ts';
import { notFound } from '../protocol/rpc-error.ts';
import { toSeconds } from '../protocol/times.ts';
import type { HistoryEvent } from './history.ts';
import type { QueuedWorkflowTask, WorkflowTaskAnswer, WorkflowTaskOwner } from './workflow-task.ts';

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'scheduled'; readonly task: QueuedWorkflowTask; readonly takeBack: () => void }
  | {
      readonly kind: 'started';
      readonly startedEventId: number;
      /** The events of an attempt after the first are written once it succeeds, as in Temporal. */
      readonly drafts: readonly HistoryEvent[];
    };

type TaskFailure = EventAttributes<'workflowTaskFailed'>;

/**
 * The workflow tasks of one run: at most one at a time, on the sticky queue while there is one, tried again when it fails
 * or when its time is over.
 */
export class WorkflowTasks {
  readonly #owner: WorkflowTaskOwner;
  #state: State = { kind: 'none' };
  #attempt = 1;
  #scheduledEventId = 0;
  #previousStartedEventId = 0;
  #stickyTimeoutMs: number | undefined;

  constructor(owner: WorkflowTaskOwner) {
    this.#owner = owner;
  }

  get isStarted(): boolean {
    return this.#state.kind === 'started';
  }

  get isOpen(): boolean {
    return this.#state.kind !== 'none';
  }

  /**
   * The events of the present attempt, when it is not the first: they become part of the history once it succeeds, but are shown at its
   * end already.
   */
  get transientEvents(): readonly HistoryEvent[] {
    if (this.#state.kind === 'started') return this.#state.drafts;
    return this.#state.kind === 'scheduled' && this.#attempt > 1 ? [this.#draftScheduled()] : [];
  }

  /** Asks a worker to look at what is new, unless one is asked already. */
  schedule(): void {
    if (this.#state.kind !== 'none') return;
    const { history, timers } = this.#owner;
    if (this.#stickyTimeoutMs !== undefined && !this.#owner.queue(true).hasPollers) this.unstick();
    const sticky = this.#stickyTimeoutMs;
    if (this.#attempt === 1) {
      this.#scheduledEventId = history.add('workflowTaskScheduled', this.#scheduledAttributes());
    }
    if (sticky !== undefined) {
      timers.start('workflow task', sticky, () => {
        this.#end();
        history.add('workflowTaskTimedOut', {
          scheduledEventId: this.#scheduledEventId,
          timeoutType: 'TIMEOUT_TYPE_SCHEDULE_TO_START',
        });
        this.unstick();
        this.schedule();
      });
    }
    this.#enqueue(sticky !== undefined);
  }

  /** From now on its tasks are for every worker. */
  unstick(): void {
    this.#stickyTimeoutMs = undefined;
  }

  /** From now on its tasks go to its sticky queue first, for so many milliseconds. */
  stick(timeoutMs: number): void {
    this.#stickyTimeoutMs = timeoutMs;
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
    this.unstick();
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

  #enqueue(sticky: boolean): void {
    const scheduledMs = this.#owner.now();
    const isMine = (): boolean => this.#state.kind === 'scheduled' && this.#state.task === task;
    const task: QueuedWorkflowTask = {
      start: (poller) => (isMine() ? this.#start(poller, scheduledMs, sticky) : undefined),
      redirect: () => {
        if (!isMine()) return;
        this.unstick();
        this.#owner.timers.cancel('workflow task');
        this.#enqueue(false);
      },
    };
    this.#state = { kind: 'scheduled', task, takeBack: this.#owner.queue(sticky).add(task) };
  }

  #start(poller: Poller, scheduledMs: number, sticky: boolean): WorkflowTaskAnswer {
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
      this.unstick();
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
      history: {
        events: [...history.events.slice(sticky ? this.#previousStartedEventId : 0), ...drafts],
      },
      scheduledTime: toSeconds(scheduledMs),
      startedTime: toSeconds(this.#owner.now()),
    };
  }

  #scheduledAttributes(): EventAttributes<'workflowTaskScheduled'> {
    const { taskQueue, taskTimeoutMs } = this.#owner;
    return { taskQueue, startToCloseTimeout: toSeconds(taskTimeoutMs), attempt: this.#attempt };
  }

  #draftScheduled(): HistoryEvent {
    const { history } = this.#owner;
    return history.draft('workflowTaskScheduled', this.#scheduledAttributes(), history.length + 1);
  }

  #draftRepetition(poller: Poller): HistoryEvent[] {
    const { history } = this.#owner;
    const scheduled = this.#draftScheduled();
    this.#scheduledEventId = scheduled.eventId;
    const startedEventId = scheduled.eventId + 1;
    return [
      scheduled,
      history.draft(
        'workflowTaskStarted',
        { scheduledEventId: this.#scheduledEventId, identity: poller.identity },
        startedEventId,
      ),
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
    if (this.#state.kind === 'scheduled') this.#state.takeBack();
    this.#state = { kind: 'none' };
  }
}
