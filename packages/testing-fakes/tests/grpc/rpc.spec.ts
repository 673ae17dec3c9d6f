import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { Rpc } from '../../src/grpc/rpc.ts';

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
      ':path': '/the.Service/Method',
      'grpc-timeout': '1S',
      te: 'trailers',
      'accept-encoding': 'identity',
      'content-type': 'application/grpc',
      'content-length': '5',
      'user-agent': 'grpc-js',
      authorization: 'Bearer x',
      'x-tenant': 'one',
      'x-te': 'two',
      'x-content-type': 'three',
    };
    const rpc = rpcOf({ headers });
    expect(rpc.metadata).toEqual({ 'x-tenant': 'one', 'x-te': 'two', 'x-content-type': 'three' });
    expect([rpc.path, rpc.method, rpcOf({}).path]).toEqual(['/the.Service/Method', 'Method', '']);
  });

  it('has a value for each time that a field occurs', () => {
    const raw = ['x-one', 'x-two', 'x-two', 'a', 'x-two', 'b'];
    expect([rpcOf({ raw }).fields('x-two'), rpcOf({ raw }).fields('a')]).toEqual([['a', 'b'], []]);
  });
});
