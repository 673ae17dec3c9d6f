import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';
import { grpcStatusCodes, type GrpcStatus } from './status.ts';

/** A response that ends an RPC without a gRPC message: what it is on the wire. */
export interface HttpResponse {
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

/** Keeps Node from adding a `date` field, which no gRPC server sends. Node documents the option for its compatibility API only. */
export const noDate: ServerStreamResponseOptions & { readonly sendDate: false } = { sendDate: false };

/** Ends `stream`, whose response has not begun, with one header block: "Trailers-Only" of gRPC over HTTP/2. */
export function endWithStatus(
  stream: ServerHttp2Stream,
  ending: GrpcStatus,
  fields: OutgoingHttpHeaders = {},
): void {
  const status = { 'content-type': 'application/grpc', ...statusTrailers(ending) };
  endWithHttp(stream, { headers: { ':status': 200, ...status, ...fields } });
}

/** Answers `stream`, whose response has not begun, with one message and the status OK. */
export function endWithMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.on('wantTrailers', () => {
    stream.sendTrailers(statusTrailers({ status: 'OK' }));
  });
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc' },
    { ...noDate, waitForTrailers: true },
  );
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}

/** Ends `stream`, whose response has not begun, as a server that speaks no gRPC, and lets the rest of the request run off. */
export function endWithHttp(stream: ServerHttp2Stream, { headers, body }: HttpResponse): void {
  stream.respond({ ...headers }, { ...noDate, endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  stream.resume();
}

/** The trailers that end an RPC. */
export function statusTrailers({ status, message }: GrpcStatus): OutgoingHttpHeaders {
  const code = { 'grpc-status': grpcStatusCodes[status] };
  return message === undefined ? code : { ...code, 'grpc-message': percentEncode(message) };
}

/** `Status-Message` of gRPC over HTTP/2: all but printable ASCII without `%` is percent-encoded UTF-8; so are blanks at its ends, which no field of HTTP can have. */
function percentEncode(message: string): string {
  return message.replaceAll(/[^ -$&-~]+|^ +| +$/g, (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
