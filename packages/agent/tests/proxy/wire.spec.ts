import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { deflateSync, gzipSync } from 'node:zlib';
import {
  descriptionOf,
  framed,
  heartbeatOf,
  messageOf,
  readEagerTasks,
  readTasks,
} from '../../src/proxy/wire.ts';

const { v1 } = proto.temporal.api.workflowservice;
const taskToken = Uint8Array.of(0, 1, 200, 255);
const seconds = (value: number, nanos = 0) => ({ seconds: value as never, nanos });
const response = {
  taskToken,
  workflowExecution: { workflowId: 'Zürich', runId: 'r' },
  activityType: { name: 'countRows' },
  activityId: '7',
  input: { payloads: [{ data: new Uint8Array(300) }] },
  heartbeatDetails: { payloads: [{ data: Uint8Array.of(9) }] },
  scheduledTime: seconds(1_700_000_000),
  currentAttemptScheduledTime: seconds(1_700_000_002, 5e8),
  startToCloseTimeout: seconds(60),
  scheduleToCloseTimeout: seconds(90),
  heartbeatTimeout: seconds(4),
  attempt: 2,
};
const bytes = Buffer.from(v1.PollActivityTaskQueueResponse.encode(response).finish());
const read = {
  taskToken: Buffer.from(taskToken).toString('latin1'),
  ...{ activityType: 'countRows', activityId: '7', workflowId: 'Zürich' },
  ...{ scheduledTimestampMs: 1_700_000_000_000, currentAttemptScheduledTimestampMs: 1_700_000_002_500 },
  ...{ startToCloseTimeoutMs: 60_000, scheduleToCloseTimeoutMs: 90_000, heartbeatTimeoutMs: 4_000 },
};

describe('a task', () => {
  it('is read from the response of a poll', () => {
    expect(readTasks(bytes)).toMatchObject([read]);
    expect(readTasks(Buffer.alloc(0))).toEqual([]);
  });

  it('is read from the answer to a workflow task', () => {
    const answer = { workflowTask: { attempt: 1 }, activityTasks: [response, response] };
    const message = v1.RespondWorkflowTaskCompletedResponse.encode(answer).finish();
    expect(readEagerTasks(Buffer.from(message))).toMatchObject([read, read]);
  });

  it('that is cut off anywhere is read as far as it goes, and nothing throws', () => {
    for (let length = 0; length < bytes.length; length++)
      for (const task of readTasks(bytes.subarray(0, length)))
        expect([0, 60_000]).toContain(task.startToCloseTimeoutMs);
  });

  it('has a heartbeat with the details that it came with', () => {
    const [task] = readTasks(bytes);
    if (task === undefined) throw new Error('none');
    const request = v1.RecordActivityTaskHeartbeatRequest.decode(
      heartbeatOf(task.taskToken, task.heartbeatDetails, 'ours').subarray(5),
    );
    expect(Buffer.from(request.taskToken)).toEqual(Buffer.from(taskToken));
    expect(request.namespace).toBe('ours');
    expect(request.details?.payloads?.[0]?.data).toEqual(Buffer.of(9));
  });
});

describe('a message', () => {
  it('is unpacked where it is compressed', () => {
    expect(messageOf(packed(gzipSync(bytes)), 'gzip')).toEqual(bytes);
  });

  it.each([
    ['too short', Buffer.of(0, 0)],
    ['compressed and no gzip', Buffer.of(1, 0, 0, 0, 2, 5, 5)],
    ['longer than its frame', Buffer.of(0, 0, 0, 0, 0, 1)],
  ])('that is %s is empty', (_case, body) => {
    expect(messageOf(body, 'gzip')).toHaveLength(0);
  });

  it.each([
    ['packed otherwise', packed(deflateSync(bytes)), 'deflate'],
    ['packed by who does not say how', packed(gzipSync(bytes)), undefined],
    ['more than 4 MB', packed(gzipSync(Buffer.alloc(4_194_305))), 'gzip'],
  ])('that is %s is for Temporal alone to read', (_case, body, encoding) => {
    expect(messageOf(body, encoding)).toBeUndefined();
  });

  it('asks for a namespace', () => {
    expect(v1.DescribeNamespaceRequest.decode(descriptionOf('ours').subarray(5)).namespace).toBe('ours');
  });
});

function packed(message: Buffer): Buffer {
  const packed = framed(message);
  packed[0] = 1;
  return packed;
}
