import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { namedTask } from '../../src/grpc/first-message.ts';
import { endWithHttp, statusTrailers } from '../../src/grpc/responses.ts';
import { Rpc } from '../../src/grpc/rpc.ts';
import { requestFor } from '../support/grpc.ts';

interface Parts {
  readonly headers?: IncomingHttpHeaders;
  readonly raw?: readonly string[];
  readonly stream?: object;
  readonly signal?: AbortSignal;
}

function rpcOf({ headers = {}, raw = [], stream = {}, signal = new AbortController().signal }: Parts): Rpc {
  return new Rpc(stream as ServerHttp2Stream, headers, raw, signal);
}

describe('an RPC', () => {
  it('has the metadata of its caller: nothing of HTTP or gRPC, and no token', () => {
    const headers = {
      ...{ ':path': '/the.Service/Method', 'grpc-timeout': '1S', te: 'trailers' },
      ...{ 'accept-encoding': 'identity', 'content-type': 'application/grpc', 'content-length': '5' },
      ...{ 'user-agent': 'grpc-js', authorization: 'Bearer x' },
      ...{ 'x-tenant': 'one', 'x-te': 'two', 'x-content-type': 'three' },
    };
    const rpc = rpcOf({ headers });
    expect(rpc.metadata).toEqual({ 'x-tenant': 'one', 'x-te': 'two', 'x-content-type': 'three' });
    expect([rpc.path, rpc.method, rpcOf({}).path]).toEqual(['/the.Service/Method', 'Method', '']);
  });

  it('has a value for each time that a field occurs', () => {
    const raw = ['x-one', 'x-two', 'x-two', 'a', 'x-two', 'b'];
    expect([rpcOf({ raw }).fields('x-two'), rpcOf({ raw }).fields('a')]).toEqual([['a', 'b'], []]);
  });

  it('has its message and the texts in it decompressed', async () => {
    const stream = new PassThrough();
    const message = gzipSync(requestFor('orders'));
    const prefix = Buffer.alloc(5, 1);
    prefix.writeUInt32BE(message.length, 1);
    stream.write(Buffer.concat([prefix, message]));
    const rpc = rpcOf({ stream, headers: { 'grpc-encoding': 'gzip' } });
    expect(rpc.begun).toBeUndefined();
    expect(await rpc.message()).toEqual(requestFor('orders'));
    expect(await rpc.stringField(1)).toBe('orders');
    expect(rpc.begun).toHaveLength(5 + message.length);
  });
});

function recorded() {
  const stream = { respond: vi.fn(), end: vi.fn(), resume: vi.fn(), on: vi.fn(), sendTrailers: vi.fn() };
  return { ...stream, stream: stream as unknown as ServerHttp2Stream };
}

it('the text of a status is encoded: blanks at its ends, percent signs, and what is no visible ASCII', () => {
  expect(statusTrailers({ status: 'UNKNOWN', message: '  a ü%\n~  ' })).toEqual({
    'grpc-status': 2,
    'grpc-message': '%20%20a %C3%BC%25%0A~%20%20',
  });
  expect(statusTrailers({ status: 'OK' })).toEqual({ 'grpc-status': 0 });
});

it.each([
  ['a page', false],
  [undefined, true],
])('a response without gRPC has the body %j, and reads the request to its end', (body, endStream) => {
  const { stream, respond, end, resume } = recorded();
  endWithHttp(stream, { headers: { ':status': 401 }, body });
  expect(respond.mock.calls).toEqual([[{ ':status': 401 }, { sendDate: false, endStream }]]);
  expect(end.mock.calls).toEqual(body === undefined ? [] : [[body]]);
  expect(resume).toHaveBeenCalledOnce();
});

/** Field `number` of a message: a text, or a number below 128. */
function field(number: number, value: string | number): readonly number[] {
  return typeof value === 'number'
    ? [number * 8, value]
    : [number * 8 + 2, Buffer.byteLength(value), ...Buffer.from(value)];
}

/** A request whose first field is a task token with these. */
function request(token: readonly number[], isCompressed = false): Buffer {
  const plain = Buffer.from([...field(1, Buffer.from(token).toString('latin1')), ...field(2, 'identity')]);
  const message = isCompressed ? gzipSync(plain) : plain;
  const prefix = Buffer.from([isCompressed ? 1 : 0, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const token = [...field(1, 'namespace'), ...field(2, 'orders-7'), ...field(4, 5), ...field(5, 2)];

it.each([false, true])('names the task of a token of a Temporal server; compressed: %s', (isCompressed) => {
  const encoding = isCompressed ? 'gzip' : undefined;
  expect(namedTask(request(token, isCompressed), encoding)).toEqual({ workflowId: 'orders-7', attempt: 2 });
});

it.each([
  ['without an attempt', request(field(2, 'orders-7'))],
  ['without a workflow', request(field(5, 2))],
  ['that is text', request([...Buffer.from('opaque')])],
  ['that is cut off', request(token).subarray(0, 12)],
  ['that is not there', Buffer.alloc(0)],
])('names none for a token %s', (_what, bytes) => {
  expect(namedTask(bytes, undefined)).toBeUndefined();
});
