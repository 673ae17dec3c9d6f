import { randomUUID } from 'node:crypto';
import type { temporal } from '@temporalio/proto';
import type { EventAttributes } from '../protocol/plain.ts';
import { durationMs } from '../protocol/times.ts';
import type { Execution } from './execution.ts';
import type { CloseStatus, ParentLink } from './run-start.ts';
import { mayStart } from './start-policy.ts';

type Child = temporal.api.command.v1.IStartChildWorkflowExecutionCommandAttributes;

/** Temporal's numbers of what becomes of a child when its parent ends; 0, unspecified, is `terminate`. */
const parentClosePolicy = { abandon: 2, requestCancel: 3 } as const;

/** Writes that a child is wanted; the function that is returned starts it. */
export function startChild(
  parent: Execution,
  child: Child,
  workflowTaskCompletedEventId: number,
): () => void {
  const { parentClosePolicy: closePolicy, ...attributes } = child;
  const taskQueue = { name: child.taskQueue?.name ?? parent.taskQueue.name };
  const initiatedEventId = parent.history.add('startChildWorkflowExecutionInitiated', {
    ...child,
    taskQueue,
    namespace: parent.runs.name,
    workflowTaskCompletedEventId,
  });
  const told = { namespace: parent.runs.name, workflowType: child.workflowType, initiatedEventId };
  return () => {
    const workflowId = child.workflowId ?? '';
    const earlier = parent.runs.find(workflowId);
    if (!mayStart(earlier, child.workflowIdReusePolicy)) {
      const cause = 'START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS';
      parent.happen(() =>
        parent.history.add('startChildWorkflowExecutionFailed', {
          ...told,
          workflowId,
          cause,
          control: child.control,
          workflowTaskCompletedEventId,
        }),
      );
      return;
    }
    const runId = randomUUID();
    const onParentClose = (): void => {
      endWithParent(parent, workflowId, closePolicy ?? 0);
    };
    parent.onClose.add(onParentClose);
    const executionMs = durationMs(child.workflowExecutionTimeout) || Infinity;
    const link = new ChildReports(parent, workflowId, told, () => parent.onClose.delete(onParentClose));
    link.started(runId);
    parent.runs.begin({
      workflowId,
      runId,
      firstRunId: runId,
      delayMs: 0,
      deadlineMs: parent.now() + executionMs,
      parent: link,
      attributes: {
        workflowType: attributes.workflowType,
        input: attributes.input,
        header: attributes.header,
        memo: attributes.memo,
        searchAttributes: attributes.searchAttributes,
        retryPolicy: attributes.retryPolicy,
        workflowExecutionTimeout: attributes.workflowExecutionTimeout,
        workflowRunTimeout: attributes.workflowRunTimeout,
        workflowTaskTimeout: attributes.workflowTaskTimeout,
        taskQueue,
        attempt: 1,
        originalExecutionRunId: runId,
        firstExecutionRunId: runId,
        parentWorkflowNamespace: parent.runs.name,
        parentWorkflowExecution: parent.execution,
        parentInitiatedEventId: initiatedEventId,
        rootWorkflowExecution: parent.start.attributes.rootWorkflowExecution ?? parent.execution,
        workflowId,
      },
    });
  };
}

type Told = Pick<
  EventAttributes<'childWorkflowExecutionStarted'>,
  'namespace' | 'workflowType' | 'initiatedEventId'
>;

/** Writes into the parent's history what becomes of a child. */
class ChildReports implements ParentLink {
  readonly #parent: Execution;
  readonly #workflowId: string;
  readonly #told: Told;
  readonly #onEnd: () => void;
  #startedEventId = 0;

  constructor(parent: Execution, workflowId: string, told: Told, onEnd: () => void) {
    this.#parent = parent;
    this.#workflowId = workflowId;
    this.#told = told;
    this.#onEnd = onEnd;
  }

  started(runId: string): void {
    const workflowExecution = { workflowId: this.#workflowId, runId };
    this.#parent.happen(() => {
      const attributes = { ...this.#told, workflowExecution };
      this.#startedEventId = this.#parent.history.add('childWorkflowExecutionStarted', attributes);
    });
  }

  closed(runId: string, status: CloseStatus, attributes: object): void {
    this.#onEnd();
    const { history } = this.#parent;
    const workflowExecution = { workflowId: this.#workflowId, runId };
    this.#parent.happen(() => {
      const all = { ...attributes, ...this.#told, workflowExecution, startedEventId: this.#startedEventId };
      switch (status) {
        case 'COMPLETED':
          return history.add('childWorkflowExecutionCompleted', all);
        case 'FAILED':
          return history.add('childWorkflowExecutionFailed', all);
        case 'CANCELED':
          return history.add('childWorkflowExecutionCanceled', all);
        case 'TIMED_OUT':
          return history.add('childWorkflowExecutionTimedOut', all);
        case 'TERMINATED':
        case 'CONTINUED_AS_NEW':
          return history.add('childWorkflowExecutionTerminated', all);
      }
    });
  }
}

function endWithParent(parent: Execution, workflowId: string, closePolicy: number): void {
  const child = parent.runs.find(workflowId);
  if (child === undefined || child.closed !== undefined) return;
  if (closePolicy === parentClosePolicy.abandon) return;
  if (closePolicy === parentClosePolicy.requestCancel) {
    child.requestCancel({ externalWorkflowExecution: parent.execution });
  } else {
    child.terminate('by parent close policy', undefined, 'history-service');
  }
}
