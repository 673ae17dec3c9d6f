/**
 * Reads of Temporal's messages what a proxy must know, by the numbers of their fields (protobuf encoding), and hands on all bytes as they came.
 * A message that cannot be read is one of which nothing is known: nothing here throws.
 */
import { gunzipSync } from 'node:zlib';
import { readFields } from '@worker-auth/calls/delivery/protobuf';
import type { AttemptTimes } from '@worker-auth/calls/delivery/result-sender';

/** An activity that Temporal has handed out. */
export interface ActivityTask extends AttemptTimes {
  /** A byte a character. */
  readonly taskToken: string;
  readonly activityType: string;
  readonly activityId: string;
  readonly workflowId: string | undefined;
  /** In ms; 0 for none. */
  readonly heartbeatTimeoutMs: number;
  /** Details of the last heartbeat of the attempt before, as they came. */
  readonly heartbeatDetails: Buffer | undefined;
}

/** Longest message, in bytes, once it is unpacked. */
export const maxMessageBytes = 67_108_864;

/** No longer request is unpacked, in bytes. Temporal's frontend accepts no longer one either, packed or not. */
const maxUnpackedBytes = 4_194_304;

/** Bytes before a gRPC message: whether it is compressed, and its length. */
export const frameBytes = 5;

/** Fields of `PollActivityTaskQueueResponse`. */
const taskFields = {
  taskToken: 1,
  workflowExecution: 4,
  activityType: 5,
  activityId: 6,
  heartbeatDetails: 9,
  scheduledTime: 10,
  currentAttemptScheduledTime: 11,
  scheduleToCloseTimeout: 14,
  startToCloseTimeout: 15,
  heartbeatTimeout: 16,
} as const;

/** Field `task_token` of each request about an activity, and of the response to each poll. */
export const taskTokenField = 1;

/** Field `namespace` of each request about an activity. */
const namespaceField = 4;

/** Field `namespace` of the requests whose responses have activities. */
const namespaceFields: Readonly<Record<string, number>> = {
  PollActivityTaskQueue: 1,
  RespondWorkflowTaskCompleted: 9,
};

/** Field `activity_tasks` of `RespondWorkflowTaskCompletedResponse`. */
const eagerTasks = 2;

/** A gRPC message without fields. */
export const emptyFrame = Buffer.alloc(frameBytes);

/** The message of a unary call, unpacked where it is compressed; empty when it cannot be read, or would be longer than that. */
export function messageOf(body: Buffer, maxBytes = maxUnpackedBytes): Buffer {
  if (body.length < frameBytes) return Buffer.alloc(0);
  const message = body.subarray(frameBytes, frameBytes + body.readUInt32BE(1));
  return body[0] === 0 ? message : (unpacked(message, maxBytes) ?? Buffer.alloc(0));
}

/** `undefined` where it would be too long; empty where it is no gzip. */
function unpacked(message: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return gunzipSync(message, { maxOutputLength });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? undefined : Buffer.alloc(0);
  }
}

/** What a request about an activity says of it, a byte a character, and its message, unpacked. */
export interface NamedTask {
  /** Empty where Temporal might see another one: the token is absent or repeated, or the message cannot be read. */
  readonly taskToken: string;
  readonly namespace: string;
  readonly message: Buffer;
}

/**
 * Reads a request about an activity once. `undefined` where Temporal alone can read it: it is packed otherwise, or too long.
 *
 * @param encoding header `grpc-encoding`
 */
export function namedTaskOf(body: Buffer, encoding: string | undefined): NamedTask | undefined {
  const isWhole = body.length >= frameBytes && body.length === frameBytes + body.readUInt32BE(1);
  if (!isWhole) return { taskToken: '', namespace: '', message: Buffer.alloc(0) };
  const isPacked = body[0] !== 0;
  if (isPacked && encoding !== 'gzip') return undefined;
  const packed = body.subarray(frameBytes);
  const content = isPacked ? unpacked(packed, maxUnpackedBytes) : packed;
  if (content === undefined) return undefined;
  let [tokens, taskToken, namespace] = [0, '', ''];
  const isRead = readFields(content, (field, value) => {
    if (field === taskTokenField) {
      tokens++;
      taskToken = latin1(value);
    } else if (field === namespaceField && typeof value === 'object') namespace = latin1(value);
  });
  return { taskToken: isRead && tokens === 1 ? taskToken : '', namespace, message: content };
}

function latin1(value: Buffer | number): string {
  return typeof value === 'object' ? value.toString('latin1') : '';
}

/** The text of a field, a byte a character; empty when the message has none. */
export function textOf(message: Buffer, number: number): string {
  return bytesOf(message, number)?.toString('latin1') ?? '';
}

/** The namespace in a request whose response has activities; empty in any other one. */
export function namespaceOf(body: Buffer, method: string): string {
  const number = namespaceFields[method];
  return number === undefined ? '' : textOf(messageOf(body), number);
}

/** Whether a field has another value than its default. */
export function isSet(message: Buffer, number: number): boolean {
  let found: Buffer | number = 0;
  readFields(message, (field, value) => {
    if (field === number) found = value;
  });
  return (typeof found === 'number' ? found : (found as Buffer).length) > 0;
}

/** The last value of a field that is text, bytes or a message. */
function bytesOf(message: Buffer, number: number): Buffer | undefined {
  let found: Buffer | undefined;
  readFields(message, (field, value) => {
    if (field === number && typeof value !== 'number') found = value;
  });
  return found;
}

/** Name of the task queue of a poll for activities. */
export function queueOf(message: Buffer): string {
  const queue = bytesOf(message, 2);
  return (queue && bytesOf(queue, 1)?.toString()) ?? '';
}

/** Fields of polls that say which tasks they may have: the queue, and the version of the worker. */
const pollFields = { of: { queue: 2, versions: [5, 6] }, ofNexus: { queue: 3, versions: [4, 6] } };

/** The queue of a poll, with the version of its worker, a byte a character. One that is sticky has a name of its own. */
export function versionedQueueOf(message: Buffer, isNexus: boolean): string {
  const { queue, versions } = isNexus ? pollFields.ofNexus : pollFields.of;
  const named = bytesOf(message, queue) ?? Buffer.alloc(0);
  return JSON.stringify([textOf(named, 1), ...versions.map((field) => textOf(message, field))]);
}

/** The activity of a poll's response, or none. */
export function readTasks(message: Buffer): readonly ActivityTask[] {
  const fields = new Map<number, Buffer | number>();
  readFields(message, (field, value) => fields.set(field, value));
  const bytes = (field: number): Buffer => {
    const value = fields.get(field);
    return typeof value === 'object' ? value : Buffer.alloc(0);
  };
  const taskToken = bytes(taskFields.taskToken).toString('latin1');
  if (taskToken === '') return [];
  const workflowId = bytesOf(bytes(taskFields.workflowExecution), 1)?.toString();
  const task = {
    taskToken,
    activityType: bytesOf(bytes(taskFields.activityType), 1)?.toString() ?? '',
    activityId: bytes(taskFields.activityId).toString(),
    workflowId: workflowId === '' ? undefined : workflowId,
    scheduledTimestampMs: readMs(bytes(taskFields.scheduledTime)),
    currentAttemptScheduledTimestampMs: readMs(bytes(taskFields.currentAttemptScheduledTime)),
    startToCloseTimeoutMs: readMs(bytes(taskFields.startToCloseTimeout)),
    scheduleToCloseTimeoutMs: readMs(bytes(taskFields.scheduleToCloseTimeout)),
    heartbeatTimeoutMs: readMs(bytes(taskFields.heartbeatTimeout)),
    // A copy: the response is forgotten long before.
    heartbeatDetails: fields.has(taskFields.heartbeatDetails)
      ? Buffer.from(bytes(taskFields.heartbeatDetails))
      : undefined,
  };
  return [task];
}

/** Activities that Temporal hands out with its answer to a workflow task. */
export function readEagerTasks(message: Buffer): readonly ActivityTask[] {
  const tasks: ActivityTask[] = [];
  readFields(message, (field, value) => {
    if (field === eagerTasks && typeof value === 'object') tasks.push(...readTasks(value));
  });
  return tasks;
}

/** A `RecordActivityTaskHeartbeatRequest` as a gRPC message. */
export function heartbeatOf({ taskToken, heartbeatDetails }: ActivityTask, namespace: string): Buffer {
  return framedMessage(
    ...field(taskTokenField, Buffer.from(taskToken, 'latin1')),
    ...(heartbeatDetails === undefined ? [] : field(2, heartbeatDetails)),
    ...field(namespaceField, Buffer.from(namespace)),
  );
}

/** A `DescribeNamespaceRequest` as a gRPC message. */
export function descriptionOf(namespace: string): Buffer {
  return framedMessage(...field(1, Buffer.from(namespace)));
}

/** A gRPC message, not compressed. */
export function framedMessage(...parts: readonly Buffer[]): Buffer {
  const framed = Buffer.concat([emptyFrame, ...parts]);
  framed.writeUInt32BE(framed.length - frameBytes, 1);
  return framed;
}

/** Of `google.protobuf.Duration` or `Timestamp`: seconds and nanoseconds. */
function readMs(message: Buffer): number {
  let ms = 0;
  readFields(message, (field, value) => {
    if (typeof value === 'number') ms += field === 1 ? value * 1_000 : field === 2 ? value / 1e6 : 0;
  });
  return ms;
}

/** Of a message: text, bytes or a message. */
export function field(number: number, value: Buffer): readonly Buffer[] {
  return [varint(number * 8 + 2), varint(value.length), value];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}
