/**
 * Reads of Temporal's messages what a proxy must know, by the numbers of their fields (protobuf encoding), and hands on all bytes as they came.
 * A message that cannot be read is one of which nothing is known: nothing here throws.
 */
import { gunzipSync } from 'node:zlib';
import { Fields, readFields } from '@worker-auth/calls/delivery/protobuf';
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
  /** Details of the last heartbeat of the attempt before, as they came; empty without one. */
  readonly heartbeatDetails: Buffer;
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
export const namespaceField = 4;

/** Field `activity_tasks` of `RespondWorkflowTaskCompletedResponse`. */
const eagerTasks = 2;

/** A gRPC message without fields. */
export const emptyFrame = Buffer.alloc(frameBytes);

/**
 * The message of a unary call, unpacked where it is compressed; empty where it is not whole, or no gzip. `undefined` where Temporal alone can read it:
 * it is packed otherwise, or too long.
 *
 * @param encoding header `grpc-encoding`
 */
export function messageOf(body: Buffer, encoding: unknown, maxBytes = maxUnpackedBytes): Buffer | undefined {
  const isWhole = body.length >= frameBytes && body.length === frameBytes + body.readUInt32BE(1);
  if (!isWhole) return Buffer.alloc(0);
  const message = body.subarray(frameBytes);
  if (body[0] === 0) return message;
  return encoding === 'gzip' ? unpacked(message, maxBytes) : undefined;
}

/** `undefined` where it would be too long; empty where it is no gzip. */
function unpacked(message: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return gunzipSync(message, { maxOutputLength });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? undefined : Buffer.alloc(0);
  }
}

/** The activity of a poll's response, or none. */
export function readTasks(message: Buffer): readonly ActivityTask[] {
  const fields = new Fields(message);
  const taskToken = fields.bytes(taskFields.taskToken).toString('latin1');
  if (taskToken === '') return [];
  const ms = (field: number): number => readMs(fields.bytes(field));
  const task = {
    taskToken,
    activityType: new Fields(fields.bytes(taskFields.activityType)).text(1),
    activityId: fields.text(taskFields.activityId),
    workflowId: new Fields(fields.bytes(taskFields.workflowExecution)).text(1) || undefined,
    scheduledTimestampMs: ms(taskFields.scheduledTime),
    currentAttemptScheduledTimestampMs: ms(taskFields.currentAttemptScheduledTime),
    startToCloseTimeoutMs: ms(taskFields.startToCloseTimeout),
    scheduleToCloseTimeoutMs: ms(taskFields.scheduleToCloseTimeout),
    heartbeatTimeoutMs: ms(taskFields.heartbeatTimeout),
    heartbeatDetails: fields.bytes(taskFields.heartbeatDetails),
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
export function heartbeatOf(taskToken: string, details: Buffer, namespace: string): Buffer {
  return framedMessage(
    ...field(taskTokenField, Buffer.from(taskToken, 'latin1')),
    ...(details.length === 0 ? [] : field(2, details)),
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
