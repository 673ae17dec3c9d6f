import {
  constants,
  sensitiveHeaders,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { ResponseDue } from '../grpc/rpc.ts';
import { endWithStatus, noDate, statusTrailers } from '../grpc/responses.ts';
import { rpcFaults } from '../grpc/rpc-fault.ts';

/**
 * Joins an RPC's two streams until both have ended: bodies with their back-pressure, header blocks and trailers field by
 * field, and a reset of either side with its code. When the upstream *connection* is lost or cannot be made, the RPC
 * ends with `unavailable`.
 *
 * @param begun what has already been read of the request's body
 */
export function forward(
  downstream: ServerHttp2Stream,
  upstream: ClientHttp2Stream,
  begun: Buffer | undefined,
  responseDue: ResponseDue,
): void {
  // The stream forgets its session once it is closed.
  const { session } = upstream;
  let trailers: OutgoingHttpHeaders = {};

  upstream.on('response', (headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => {
    const respond = (): void => {
      if (isOver(downstream)) return;
      const status = Number(headers[':status']);
      if (status >= 600) {
        // Node cannot send it on.
        endWithStatus(downstream, { status: 'UNKNOWN', message: `HTTP status ${status}` });
        upstream.close();
        return;
      }
      const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      downstream.respond(headerBlock(headers, rawHeaders), {
        ...noDate,
        endStream: ended,
        waitForTrailers: !ended,
      });
      if (!ended) upstream.pipe(downstream);
    };
    const due = responseDue();
    if (due instanceof Promise) void due.then(respond);
    else respond();
  });
  upstream.on('trailers', (headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
    trailers = headerBlock(headers, rawHeaders);
  });
  downstream.on('wantTrailers', () => {
    downstream.sendTrailers(trailers);
  });

  upstream.on('close', () => {
    downstream.unpipe(upstream);
    downstream.resume();
    if (isOver(downstream) || upstream.rstCode === constants.NGHTTP2_NO_ERROR) return;
    if (session?.destroyed !== true) {
      downstream.close(upstream.rstCode);
    } else if (downstream.headersSent) {
      trailers = statusTrailers({ status: 'UNAVAILABLE', message: 'upstream connection lost' });
      downstream.end();
    } else {
      endWithStatus(downstream, rpcFaults.unavailable);
    }
  });
  downstream.on('close', () => {
    if (!upstream.closed) upstream.close(downstream.rstCode);
  });
  // What an error means is in the code that `close` finds.
  upstream.on('error', () => undefined);

  if (begun !== undefined && begun.length > 0) upstream.write(begun);
  downstream.pipe(upstream);
}

/**
 * A header block to send, from one that came in: names that occur more than once stay apart, where Node's own object joins
 * them, and fields marked "never indexed" stay so.
 *
 * @param rawHeaders names and values in turn
 */
export function headerBlock(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
): OutgoingHttpHeaders {
  const block: OutgoingHttpHeaders = {};
  for (const [index, name] of rawHeaders.entries()) {
    const value = rawHeaders[index + 1];
    if (index % 2 === 1 || value === undefined) continue;
    const before = block[name];
    block[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  const neverIndexed = Reflect.get(headers, sensitiveHeaders) as readonly string[] | undefined;
  return neverIndexed === undefined ? block : Object.assign(block, { [sensitiveHeaders]: neverIndexed });
}

function isOver(stream: ServerHttp2Stream): boolean {
  return stream.closed || stream.destroyed;
}
