import type { GrpcStatusName } from '../grpc/responses.ts';

/** A message of `temporal.api.errordetails.v1` that says more about an error. */
export interface ErrorDetail {
  /** Its name, without the package. */
  readonly type: string;
  readonly value: object;
}

export class RpcError extends Error {
  readonly status: GrpcStatusName;
  readonly detail: ErrorDetail | undefined;

  constructor(status: GrpcStatusName, message: string, detail?: ErrorDetail) {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}

/** As Temporal says it, with the detail by which its client knows a `NamespaceNotFoundError`. */
export function namespaceNotFound(namespace: string): RpcError {
  return new RpcError('NOT_FOUND', `Namespace ${namespace} is not found.`, {
    type: 'NamespaceNotFoundFailure',
    value: { namespace },
  });
}

export function notFound(message: string): RpcError {
  return new RpcError('NOT_FOUND', message, { type: 'NotFoundFailure', value: {} });
}

export function invalidArgument(message: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', message);
}

/** @throws RpcError INVALID_ARGUMENT when a request does not say which task queue */
export function queueName(taskQueue: { readonly name?: string | null } | null | undefined): string {
  if (!taskQueue?.name) throw invalidArgument('taskQueue is not set');
  return taskQueue.name;
}

/** For what Temporal has and the fake has not. */
export function unimplemented(what: string): RpcError {
  return new RpcError(
    'UNIMPLEMENTED',
    `FakeTemporalFrontend does not have ${what}. Use a Temporal server for it, such as TestWorkflowEnvironment.createLocal() of @temporalio/testing`,
  );
}

export function alreadyStarted(workflowId: string, runId: string): RpcError {
  const message = `Workflow execution is already running. WorkflowId: ${workflowId}, RunId: ${runId}.`;
  return new RpcError('ALREADY_EXISTS', message);
}

/** What a task token says: which run, and what of it. Opaque to those who get it. */
export interface TaskToken {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Of a workflow task. */
  readonly startedEventId?: number;
  /** Of an activity task. */
  readonly scheduledEventId?: number;
  readonly attempt?: number;
}

export function taskToken(token: TaskToken): Uint8Array {
  return Buffer.from(JSON.stringify(token));
}

/** @throws RpcError INVALID_ARGUMENT when the frontend did not make it */
export function readTaskToken(bytes: Uint8Array | null | undefined): TaskToken {
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString()) as TaskToken;
  } catch {
    throw invalidArgument('Invalid TaskToken.');
  }
}
