/**
 * Reads of Temporal's messages what a proxy must know, by the numbers of their fields (protobuf encoding), and hands on all bytes as they came.
 * A message that cannot be read is one of which nothing is known: nothing here throws.
 */
import { gunzipSync } from 'node:zlib';
import { fieldOf, Fields, readFields } from '@worker-auth/calls/delivery/protobuf';
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

/** The activity of a `PollActivityTaskQueueResponse`, or none. */
export function readTasks(message: Buffer): readonly ActivityTask[] {
  const fields = new Fields(message);
  const taskToken = fields.bytes(taskTokenField).toString('latin1');
  if (taskToken === '') return [];
  const ms = (field: number): number => readMs(fields.bytes(field));
  const task = {
    taskToken,
    workflowId: new Fields(fields.bytes(4)).text(1) || undefined,
    activityType: new Fields(fields.bytes(5)).text(1),
    activityId: fields.text(6),
    heartbeatDetails: fields.bytes(9),
    scheduledTimestampMs: ms(10),
    currentAttemptScheduledTimestampMs: ms(11),
    scheduleToCloseTimeoutMs: ms(14),
    startToCloseTimeoutMs: ms(15),
    heartbeatTimeoutMs: ms(16),
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
  return framed(
    fieldOf(taskTokenField, Buffer.from(taskToken, 'latin1')),
    fieldOf(2, details),
    fieldOf(namespaceField, Buffer.from(namespace)),
  );
}

/** A `DescribeNamespaceRequest` as a gRPC message. */
export function descriptionOf(namespace: string): Buffer {
  return framed(fieldOf(1, Buffer.from(namespace)));
}

/** A gRPC message, not compressed. */
export function framed(...parts: readonly Buffer[]): Buffer {
  const message = Buffer.concat([emptyFrame, ...parts]);
  message.writeUInt32BE(message.length - frameBytes, 1);
  return message;
}

/** Of `google.protobuf.Duration` or `Timestamp`: seconds and nanoseconds. */
function readMs(message: Buffer): number {
  let ms = 0;
  readFields(message, (field, value) => {
    if (typeof value === 'number') ms += field === 1 ? value * 1_000 : field === 2 ? value / 1e6 : 0;
  });
  return ms;
}
