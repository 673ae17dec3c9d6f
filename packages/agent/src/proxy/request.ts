/**
 * What a request says of itself, read once when it has come. Temporal authorizes a call by the namespace in its request, and looks at no header
 * (https://github.com/temporalio/temporal/blob/main/common/authorization/interceptor.go): so does the proxy. What cannot be read has no names.
 */
import type { OutgoingHttpHeaders } from 'node:http2';
import { Fields } from '@worker-auth/calls/delivery/protobuf';
import { methodOf } from './methods.ts';
import { messageOf, namespaceField, taskTokenField } from './wire.ts';

/** Whose tasks a poll may have. */
export interface PollQueue {
  readonly isOfActivities: boolean;
  readonly name: string;
  /**
   * Polls with the same may have each other's tasks: of one kind, namespace, queue and version of the worker, which read the same compressions. Made
   * here alone.
   */
  readonly key: string;
}

export interface RequestNames {
  /** Empty where it has none. */
  readonly namespace: string;
  /** `undefined` where the call is no poll, or may have nobody else's task. */
  readonly queue: PollQueue | undefined;
  /** Of a poll, and of the shutdown of a worker. */
  readonly identity: string;
  /** Of one worker. Empty for those of older SDKs. */
  readonly instance: string;
  /** A byte a character. Empty where Temporal might see another one; `undefined` where the proxy cannot know. */
  readonly taskToken: string | undefined;
  /** Whether Temporal's answer may take until the deadline though all is well. */
  readonly waits: boolean;
}

/** Numbers of fields of a request. */
interface NameFields {
  /** Default 1. */
  readonly namespace?: number;
  readonly taskToken?: number;
  readonly identity?: number;
  readonly instance?: number;
  /** Of a poll: which tasks it may have. */
  readonly tasks?: { readonly queue: number; readonly versions: readonly number[] };
  /** Whether the answer comes once something has happened: always, or where the request has the field. */
  readonly waits?: true | number;
}

const poll = { identity: 3, instance: 8, tasks: { queue: 2, versions: [5, 6] } };
const activity = { taskToken: taskTokenField, namespace: namespaceField };

const fieldsOf: Readonly<Record<string, NameFields>> = {
  PollActivityTaskQueue: poll,
  PollWorkflowTaskQueue: poll,
  PollNexusTaskQueue: { ...poll, identity: 2, tasks: { queue: 3, versions: [4, 6] } },
  ShutdownWorker: { identity: 3, instance: 6 },
  RecordActivityTaskHeartbeat: activity,
  RespondActivityTaskCanceled: activity,
  RespondActivityTaskCompleted: activity,
  RespondActivityTaskFailed: activity,
  RespondQueryTaskCompleted: { namespace: 6 },
  RespondWorkflowTaskCompleted: { namespace: 9 },
  RespondWorkflowTaskFailed: { namespace: 6 },
  QueryWorkflow: { waits: true },
  UpdateWorkflowExecution: { waits: true },
  ExecuteMultiOperation: { waits: true },
  GetWorkflowExecutionHistory: { waits: 5 },
  DescribeActivityExecution: { waits: 6 },
  DescribeNexusOperationExecution: { waits: 6 },
};

/** Other requests have no namespace, as those of other services: what SDKs send in the header is all that is known. */
const withNamespace =
  /^\/temporal\.api\.workflowservice\.v1\.WorkflowService\/(?!(?:GetClusterInfo|GetSearchAttributes|GetSystemInfo|ListNamespaces)$)/;

/** Names that are longer are none, in bytes: what a caller says of itself is kept while it waits. Temporal allows 1,000 characters. */
const maxLength = 4_000;

/** @param headers of the call, with `:path` */
export function readRequest(headers: OutgoingHttpHeaders, body: Buffer): RequestNames {
  const path = String(headers[':path']);
  const method = methodOf(path);
  const named = fieldsOf[method] ?? {};
  const message = messageOf(body, headers['grpc-encoding']);
  const fields = new Fields(message ?? Buffer.alloc(0));
  const text = (field = 0): string => {
    const bytes = fields.bytes(field);
    return bytes.length > maxLength ? '' : bytes.toString();
  };
  const namespace = withNamespace.test(path)
    ? text(named.namespace ?? 1)
    : String(headers['temporal-namespace'] ?? '');
  const { tasks, waits = method.startsWith('Poll') } = named;
  const taskToken = fields.once(named.taskToken ?? 0) ?? '';
  return {
    namespace,
    queue: tasks && queueOf(fields, tasks, [method, namespace, headers['grpc-accept-encoding']]),
    identity: text(named.identity),
    instance: text(named.instance),
    taskToken: message && taskToken.length <= maxLength ? taskToken : undefined,
    waits: typeof waits === 'boolean' ? waits : fields.isSet(waits),
  };
}

function queueOf(
  fields: Fields,
  { queue, versions }: NonNullable<NameFields['tasks']>,
  [method, namespace, ...others]: readonly unknown[],
): PollQueue | undefined {
  const parts = [queue, ...versions].map((field) => fields.once(field));
  const name = new Fields(fields.bytes(queue)).text(1);
  const key = JSON.stringify([method, namespace, ...others, ...parts]);
  if (parts.includes(undefined) || namespace === '' || name === '' || key.length > maxLength)
    return undefined;
  return { isOfActivities: method === 'PollActivityTaskQueue', name, key };
}
