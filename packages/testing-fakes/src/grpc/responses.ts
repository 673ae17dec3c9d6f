import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';

/** gRPC's status codes by their names (grpc.io/docs/guides/status-codes). */
export const grpcStatusCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The name of a gRPC status code. */
export type GrpcStatusName = keyof typeof grpcStatusCodes;

/** How an RPC ends: by a code and a text. */
export interface GrpcStatus {
  readonly status: GrpcStatusName;
  /** The text that the client's error shows. Default none. */
  readonly message?: string | undefined;
}

/** Why and how an RPC is rejected. */
export interface Denial<Reason = string> extends GrpcStatus {
  readonly reason: Reason;
  /** Header fields of the response besides gRPC's own. Default none. */
  readonly headers?: OutgoingHttpHeaders;
}

/** The verdict about one RPC. */
export interface Decision<Reason = string> {
  /** `undefined` lets it pass. */
  readonly denial: Denial<Reason> | undefined;
  /** The claims of a token whose signature holds. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** The namespace that the request names, when the verdict depended on it. */
  readonly namespace?: string | undefined;
}

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
