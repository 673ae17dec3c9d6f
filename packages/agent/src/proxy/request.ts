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

/** Field `namespace`, where it is not the first. */
const namespaceFields: Readonly<Record<string, number>> = {
  RecordActivityTaskHeartbeat: namespaceField,
  RespondActivityTaskCanceled: namespaceField,
  RespondActivityTaskCompleted: namespaceField,
  RespondActivityTaskFailed: namespaceField,
  RespondQueryTaskCompleted: 6,
  RespondWorkflowTaskCompleted: 9,
  RespondWorkflowTaskFailed: 6,
};

/** Their requests have no namespace, as those of other services: what SDKs send in the header is all that is known. */
const withoutNamespace = /^(?:GetClusterInfo|GetSearchAttributes|GetSystemInfo|ListNamespaces)$/;

const service = /^\/temporal\.api\.workflowservice\.v1\.WorkflowService\//;

/** Methods of clients whose answer comes once something has happened: always, or where the request has the field of this number. */
const waiting: Readonly<Record<string, true | number>> = {
  QueryWorkflow: true,
  UpdateWorkflowExecution: true,
  ExecuteMultiOperation: true,
  GetWorkflowExecutionHistory: 5,
  DescribeActivityExecution: 6,
  DescribeNexusOperationExecution: 6,
};

/** Fields of polls: who polls, and which tasks it may have. */
const pollFields = { identity: 3, queue: 2, versions: [5, 6], instance: 8 };
const fieldsOfPolls: Readonly<Record<string, typeof pollFields>> = {
  PollActivityTaskQueue: pollFields,
  PollWorkflowTaskQueue: pollFields,
  PollNexusTaskQueue: { ...pollFields, identity: 2, queue: 3, versions: [4, 6] },
};

const shutdownFields = { ...pollFields, instance: 6 };

/** Names that are longer are none, in bytes: what a caller says of itself is kept while it waits. Temporal allows 1,000 characters. */
const maxLength = 4_000;

/** @param headers of the call, with `:path` */
export function readRequest(headers: OutgoingHttpHeaders, body: Buffer): RequestNames {
  const path = String(headers[':path']);
  const method = methodOf(path);
  const message = messageOf(body, headers['grpc-encoding']);
  const fields = new Fields(message ?? Buffer.alloc(0));
  const text = (field: number): string => {
    const bytes = fields.isWhole ? fields.bytes(field) : Buffer.alloc(0);
    return bytes.length > maxLength ? '' : bytes.toString();
  };
  const isNamed = service.test(path) && !withoutNamespace.test(method);
  const namespace = isNamed
    ? text(namespaceFields[method] ?? 1)
    : String(headers['temporal-namespace'] ?? '');
  const poll = fieldsOfPolls[method];
  const { identity, instance } = poll ?? shutdownFields;
  const waits = waiting[method] ?? method.startsWith('Poll');
  const taskToken = (fields.isWhole && fields.once(taskTokenField)) || '';
  return {
    namespace,
    queue:
      poll && namespace !== ''
        ? queueOf(fields, [method, namespace, headers['grpc-accept-encoding']], poll)
        : undefined,
    identity: text(identity),
    instance: text(instance),
    taskToken: message && taskToken.length <= maxLength ? taskToken : undefined,
    waits: typeof waits === 'boolean' ? waits : fields.isSet(waits),
  };
}

function queueOf(
  fields: Fields,
  [method, ...others]: readonly unknown[],
  { queue, versions }: typeof pollFields,
): PollQueue | undefined {
  const parts = [queue, ...versions].map((field) => fields.once(field));
  const named = new Fields(fields.bytes(queue));
  const name = named.text(1);
  const key = JSON.stringify([method, ...others, ...parts]);
  if (parts.includes(undefined) || !named.isWhole || name === '' || key.length > maxLength) return undefined;
  return { isOfActivities: method === 'PollActivityTaskQueue', name, key };
}
