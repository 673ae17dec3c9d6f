import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';

/** An answer that refuses an RPC: what it is on the wire. */
interface Answer {
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string;
}

/**
 * How an RPC can be refused:
 * - `permission-denied`: `PERMISSION_DENIED` (7) `Request unauthorized.`, as Temporal's authorizer;
 * - `unauthenticated`: `UNAUTHENTICATED` (16) `Jwt is expired`, as Envoy's `jwt_authn`;
 * - `unavailable`: `UNAVAILABLE` (14), as a proxy whose upstream is away;
 * - `http-401`: HTTP status 401 with no body, as a proxy that knows no gRPC;
 * - `http-401-html`: the same with a page of HTML, which tonic (Temporal's Core) takes for an INTERNAL error and retries.
 */
export type Refusal = 'permission-denied' | 'unauthenticated' | 'unavailable' | 'http-401' | 'http-401-html';

/** Keeps Node from adding a `date` field, which no gRPC server sends. Node documents the option for its compatibility API only. */
export const NO_DATE: ServerStreamResponseOptions & { readonly sendDate: false } = { sendDate: false };

const ANSWERS: Readonly<Record<Refusal, Answer>> = {
  'permission-denied': trailersOnly(7, 'Request unauthorized.'),
  unauthenticated: trailersOnly(16, 'Jwt is expired'),
  unavailable: trailersOnly(14, 'no healthy upstream'),
  'http-401': { headers: { ':status': 401, 'www-authenticate': 'Bearer' } },
  'http-401-html': {
    headers: { ':status': 401, 'www-authenticate': 'Bearer', 'content-type': 'text/html' },
    body: '<html><head><title>401 Authorization Required</title></head></html>',
  },
};

/** Ends `stream`, whose response has not begun, with a refusal, and lets the rest of the request run off. */
export function refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
  answer(stream, ANSWERS[refusal]);
}

/** Ends `stream` as a gRPC server does that has no such method: `UNIMPLEMENTED` (12). */
export function refuseUnknown(stream: ServerHttp2Stream, path: string): void {
  const [, service = '', method = ''] = path.replaceAll('%', '%25').split('/');
  answer(stream, trailersOnly(12, `unknown method ${method} for service ${service}`));
}

/** The trailers that end an RPC with `status`. `message` is ASCII without `%`. */
export function statusTrailers(status: number, message: string): OutgoingHttpHeaders {
  return { 'grpc-status': status, 'grpc-message': message };
}

/** The one header block of a trailers-only answer (gRPC over HTTP/2, "Responses"). */
function trailersOnly(status: number, message: string): Answer {
  return {
    headers: { ':status': 200, 'content-type': 'application/grpc', ...statusTrailers(status, message) },
  };
}

function answer(stream: ServerHttp2Stream, { headers, body }: Answer): void {
  stream.respond({ ...headers }, { ...NO_DATE, endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  stream.resume();
}
