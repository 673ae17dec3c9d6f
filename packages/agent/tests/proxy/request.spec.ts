import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { deflateSync, gzipSync } from 'node:zlib';
import { readRequest, type RequestNames } from '../../src/proxy/request.ts';
import { framed } from '../../src/proxy/wire.ts';

const { v1 } = proto.temporal.api.workflowservice;
const service = '/temporal.api.workflowservice.v1.WorkflowService/';

const read = (method: string, body: Buffer, headers: Record<string, string> = {}): RequestNames =>
  readRequest({ ':path': `${service}${method}`, ...headers }, body);

type Encoded = { encode(message: object): { finish(): Uint8Array } };

/** A request of a method, by Temporal's own encoder. */
function requestOf(method: string, message: object): Buffer {
  const type = (v1 as unknown as Record<string, Encoded>)[`${method}Request`];
  if (type === undefined) throw new Error(method);
  return framed(Buffer.from(type.encode(message).finish()));
}

function packed(body: Buffer, pack = gzipSync): Buffer {
  const packed = framed(pack(body.subarray(5)));
  packed[0] = 1;
  return packed;
}

/** Field of bytes. */
const bytes = (field: number, value: string | Buffer): Buffer =>
  Buffer.concat([Buffer.of(field * 8 + 2, value.length), Buffer.from(value)]);

describe('the namespace of a call', () => {
  const header = { 'temporal-namespace': 'of-the-header' };
  const methods = Object.keys(v1)
    .filter((name) => name.endsWith('Request'))
    .map((name) => name.slice(0, -'Request'.length));

  it.each(methods)(
    'is that of its request, as Temporal authorizes it, and else that of the header: %s',
    (method) => {
      const type = (v1 as unknown as Record<string, { fromObject(plain: object): object }>)[
        `${method}Request`
      ];
      const hasOne = 'namespace' in (type?.fromObject({}) ?? {});
      const body = requestOf(method, { namespace: 'of-the-request' });
      expect(read(method, body, header).namespace).toBe(hasOne ? 'of-the-request' : 'of-the-header');
      expect(read(method, body).namespace).toBe(hasOne ? 'of-the-request' : '');
    },
  );

  it.each([
    ['packed otherwise', packed(requestOf('PollActivityTaskQueue', { namespace: 'ours' }), deflateSync)],
    ['cut off', requestOf('PollActivityTaskQueue', { namespace: 'ours' }).subarray(0, -1)],
    ['of a field that cannot be read', framed(bytes(1, 'ours'), Buffer.of(0x12, 9))],
    ['of a number in its place', framed(bytes(1, 'ours'), Buffer.of(0x08, 1))],
  ])('is none, whatever the header says, where the request is %s', (_case, body) => {
    const named = read('PollActivityTaskQueue', body, { ...header, 'grpc-encoding': 'deflate' });
    expect(named).toMatchObject({ namespace: '', queue: undefined });
  });
});

describe('the queue of a poll', () => {
  const poll = {
    namespace: 'ours',
    taskQueue: { name: 'extraction' },
    deploymentOptions: { deploymentName: 'd', buildId: '1' },
  };
  const keyOf = (method: string, message: object, headers?: Record<string, string>): string | undefined =>
    read(method, requestOf(method, message), headers).queue?.key;
  const key = keyOf('PollActivityTaskQueue', poll);

  it('is the same however the request is packed, and whoever polls', () => {
    const body = requestOf('PollActivityTaskQueue', { ...poll, identity: 'me' });
    expect(read('PollActivityTaskQueue', body).queue).toEqual({
      isOfActivities: true,
      name: 'extraction',
      key,
    });
    const { queue } = read('PollActivityTaskQueue', packed(body), { 'grpc-encoding': 'gzip' });
    expect(queue?.key).toBe(key);
  });

  it.each([
    ['namespace', 'PollActivityTaskQueue', { ...poll, namespace: 'theirs' }],
    ['kind', 'PollWorkflowTaskQueue', poll],
    ['kind', 'PollNexusTaskQueue', poll],
    ['queue', 'PollActivityTaskQueue', { ...poll, taskQueue: { name: 'other' } }],
    [
      'queue, which is sticky',
      'PollActivityTaskQueue',
      { ...poll, taskQueue: { name: 'extraction', kind: 2 } },
    ],
    [
      'version',
      'PollActivityTaskQueue',
      { ...poll, deploymentOptions: { deploymentName: 'd', buildId: '2' } },
    ],
    ['version', 'PollActivityTaskQueue', { ...poll, workerVersionCapabilities: { buildId: '2' } }],
  ])('is another one in another %s', (_what, method, message) => {
    const other = keyOf(method, message);
    expect(other).toBeTypeOf('string');
    expect(other).not.toBe(key);
  });

  it('is another one for who reads other compressions', () => {
    const reads = (accepted: string) =>
      keyOf('PollActivityTaskQueue', poll, { 'grpc-accept-encoding': accepted });
    expect(reads('gzip')).not.toBe(reads('identity'));
  });

  it.each([
    ['without a namespace', { ...poll, namespace: '' }],
    ['without a name', { ...poll, taskQueue: { kind: 2 } }],
    ['with a name that is too long', { ...poll, taskQueue: { name: 'q'.repeat(4_000) } }],
    ['of a call that is no poll', undefined],
  ])('is none: %s', (_case, message) => {
    expect(keyOf('PollActivityTaskQueue', message ?? poll)).toBe(message === undefined ? key : undefined);
    expect(keyOf('DescribeNamespace', { namespace: 'ours' })).toBeUndefined();
  });

  it('is none where Temporal would join two', () => {
    const twice = framed(bytes(1, 'ours'), bytes(2, bytes(1, 'theirs')), bytes(2, bytes(1, 'extraction')));
    expect(read('PollActivityTaskQueue', twice)).toMatchObject({ namespace: 'ours', queue: undefined });
  });
});

describe('a worker', () => {
  it.each([
    ['PollWorkflowTaskQueue', { identity: 'me', workerInstanceKey: 'uuid' }],
    ['PollActivityTaskQueue', { identity: 'me', workerInstanceKey: 'uuid' }],
    ['PollNexusTaskQueue', { identity: 'me', workerInstanceKey: 'uuid' }],
    ['ShutdownWorker', { identity: 'me', workerInstanceKey: 'uuid' }],
  ])('is named by %s', (method, message) => {
    const named = read(method, requestOf(method, message));
    expect(named).toMatchObject({ identity: 'me', instance: 'uuid' });
  });

  it('whose name is too long has none', () => {
    const body = requestOf('ShutdownWorker', {
      identity: 'x'.repeat(4_001),
      workerInstanceKey: 'x'.repeat(4_001),
    });
    expect(read('ShutdownWorker', body)).toMatchObject({ identity: '', instance: '' });
  });
});

describe('a request about an activity', () => {
  const method = 'RespondActivityTaskCompleted';
  const taskToken = Uint8Array.of(0, 1, 200, 255);
  const token = Buffer.from(taskToken).toString('latin1');
  const body = requestOf(method, { taskToken, identity: 'me', namespace: 'ours' });
  const [first, other] = [Buffer.of(0x0a, 1, 7), Buffer.of(0x0a, 1, 8)];
  const rest = body.subarray(11);
  /** Group 9 with a task token in it. */
  const group = Buffer.concat([Buffer.of(0x4b), other, Buffer.of(0x4c)]);
  const tokenOf = (frame: Buffer, encoding = 'gzip') =>
    read(method, frame, { 'grpc-encoding': encoding }).taskToken;

  it('has its task token anywhere, packed or not', () => {
    expect(tokenOf(body)).toBe(token);
    expect(tokenOf(packed(body))).toBe(token);
    expect(tokenOf(framed(group, rest, first), 'identity')).toBe('\x07');
  });

  it.each([
    ['no message', Buffer.alloc(0)],
    ['an empty message', framed()],
    ['no token', framed(rest)],
    ['an empty token', framed(Buffer.of(0x0a, 0))],
    ['a token in a group alone', framed(group)],
    ['two tokens', framed(first, rest, other)],
    ['one token twice', framed(first, rest, first)],
    ['a token and a number in its place', framed(first, Buffer.of(0x08, 1))],
    ['a message that is cut off behind the token', framed(first, Buffer.of(0x12, 9))],
    ['10,000 fields behind the token', framed(first, Buffer.alloc(20_000, Buffer.of(0x10, 1)), other)],
    ['a frame that is cut off', framed(first, rest).subarray(0, -1)],
    ['no gzip', packed(body, (content) => content as Buffer<ArrayBuffer>)],
  ])('has no task token that can be trusted: %s', (_case, frame) => {
    expect(tokenOf(frame)).toBe('');
  });

  it('that is packed otherwise, or has a token that is none of ours, is for Temporal alone to judge', () => {
    expect(tokenOf(packed(body, deflateSync), 'deflate')).toBeUndefined();
    expect(tokenOf(requestOf(method, { taskToken: Buffer.alloc(4_001, 1) }))).toBeUndefined();
  });
});

it.each([
  ['QueryWorkflow', {}, true],
  ['PollWorkflowExecutionUpdate', {}, true],
  ['GetWorkflowExecutionHistory', { waitNewEvent: true }, true],
  ['GetWorkflowExecutionHistory', { waitNewEvent: false }, false],
  ['GetWorkflowExecutionHistory', { maximumPageSize: 1 }, false],
  ['DescribeNexusOperationExecution', { longPollToken: Uint8Array.of(7) }, true],
  ['DescribeNexusOperationExecution', {}, false],
  ['SignalWorkflowExecution', {}, false],
])('%s %# waits by nature: %s', (method, message, waits) => {
  expect(read(method, requestOf(method, message)).waits).toBe(waits);
});
