import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
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
