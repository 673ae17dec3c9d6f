import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { deflateSync, gzipSync } from 'node:zlib';
import {
  descriptionOf,
  framedMessage,
  heartbeatOf,
  messageOf,
  namedTaskOf,
  queueOf,
  readEagerTasks,
  readTasks,
  textOf,
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
    const request = v1.RecordActivityTaskHeartbeatRequest.decode(messageOf(heartbeatOf(task, 'ours')));
    expect(Buffer.from(request.taskToken)).toEqual(Buffer.from(taskToken));
    expect(request.namespace).toBe('ours');
    expect(request.details?.payloads?.[0]?.data).toEqual(Buffer.of(9));
  });
});

describe('a message', () => {
  it('is unpacked where it is compressed', () => {
    expect(messageOf(packed(gzipSync(bytes)))).toEqual(bytes);
  });

  it.each([
    ['too short', Buffer.of(0, 0)],
    ['compressed and no gzip', Buffer.of(1, 0, 0, 0, 2, 5, 5)],
    ['a bomb', bomb()],
  ])('that is %s is empty', (_case, body) => {
    expect(messageOf(body)).toHaveLength(0);
  });

  it('names the queue and the identity of a poll', () => {
    const poll = { namespace: 'ours', taskQueue: { name: 'extraction' }, identity: 'me' };
    const message = Buffer.from(v1.PollActivityTaskQueueRequest.encode(poll).finish());
    expect([queueOf(message), textOf(message, 3), queueOf(Buffer.alloc(0))]).toEqual([
      'extraction',
      'me',
      '',
    ]);
  });

  it('asks for a namespace', () => {
    expect(v1.DescribeNamespaceRequest.decode(messageOf(descriptionOf('ours'))).namespace).toBe('ours');
  });
});

describe('a request about an activity', () => {
  const token = Buffer.from(taskToken).toString('latin1');
  const request = { taskToken, identity: 'me', namespace: 'ours' };
  const whole = Buffer.from(v1.RespondActivityTaskCompletedRequest.encode(request).finish());
  const [first, other] = [Buffer.of(0x0a, 1, 7), Buffer.of(0x0a, 1, 8)];
  const rest = whole.subarray(6);
  /** Group 9 with a task token in it. */
  const group = Buffer.concat([Buffer.of(0x4b), other, Buffer.of(0x4c)]);

  it('has its task token anywhere, packed or not', () => {
    expect(namedTaskOf(framedMessage(whole), undefined)?.taskToken).toBe(token);
    expect(namedTaskOf(packed(gzipSync(whole)), 'gzip')?.taskToken).toBe(token);
    expect(namedTaskOf(framedMessage(group, rest, first), 'identity')?.taskToken).toBe('\x07');
  });

  it.each([
    ['no message', Buffer.alloc(0)],
    ['an empty message', framedMessage()],
    ['no token', framedMessage(rest)],
    ['an empty token', framedMessage(Buffer.of(0x0a, 0))],
    ['a token in a group alone', framedMessage(group)],
    ['two tokens', framedMessage(first, rest, other)],
    ['one token twice', framedMessage(first, rest, first)],
    ['a token and a number in its place', framedMessage(first, Buffer.of(0x08, 1))],
    ['a message that is cut off behind the token', framedMessage(first, Buffer.of(0x12, 9))],
    ['10,000 fields behind the token', framedMessage(first, Buffer.alloc(20_000, Buffer.of(0x10, 1)), other)],
    ['a frame that is cut off', framedMessage(first, rest).subarray(0, -1)],
    ['no gzip', packed(whole)],
  ])('has no task token that can be trusted: %s', (_case, body) => {
    expect(namedTaskOf(body, 'gzip')?.taskToken).toBe('');
  });

  it('of more than 4 MB, or packed otherwise, is not read', () => {
    expect(namedTaskOf(packed(gzipSync(Buffer.concat([first, large(4_194_304)]))), 'gzip')).toBeUndefined();
    expect(namedTaskOf(packed(gzipSync(Buffer.concat([first, large(4_190_000)]))), 'gzip')?.taskToken).toBe(
      '\x07',
    );
    expect(namedTaskOf(packed(deflateSync(whole)), 'deflate')).toBeUndefined();
    expect(namedTaskOf(packed(gzipSync(whole)), undefined)).toBeUndefined();
  });

  it('of up to 64 MB is read where it is not packed', () => {
    expect(namedTaskOf(framedMessage(large(60_000_000), first), undefined)?.taskToken).toBe('\x07');
  });
});

/** A field of so many bytes. */
function large(bytes: number): Buffer {
  const head = Buffer.of(0x12, 0x80, 0x80, 0x80, 0x80, 0);
  for (let at = 1, left = bytes; at < 6; at++, left = Math.floor(left / 128))
    head[at] = (left % 128) | (at < 5 ? 0x80 : 0);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}

function packed(message: Buffer): Buffer {
  const framed = framedMessage(message);
  framed[0] = 1;
  return framed;
}

/** Unpacks to more than a message may have. */
function bomb(): Buffer {
  return packed(gzipSync(Buffer.alloc(4_200_000)));
}
