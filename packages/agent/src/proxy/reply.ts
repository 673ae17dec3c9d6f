/**
 * Writes to the streams of callers, which nothing else does. A stream may end at any moment, and an answer may have anything in it: what cannot
 * be written ends the stream, and never throws.
 */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '@worker-auth/internal';

/** How long after its response a request that is not whole is reset, in ms. */
const resetMs = 1_000;

export const grpc = { ':status': 200, 'content-type': 'application/grpc' };

/**
 * Sends the headers of a response. Returns whether more may follow.
 *
 * @param trailers called when the body has ended; without it nothing follows
 */
export function respond(
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
  trailers?: () => OutgoingHttpHeaders,
): boolean {
  if (isOver(stream)) return false;
  const isWhole = trailers === undefined;
  if (!isWhole)
    stream.once('wantTrailers', () => {
      attempt(stream, () => {
        stream.sendTrailers(trailers());
      });
    });
  attempt(stream, () => {
    stream.respond(headers, { endStream: isWhole, waitForTrailers: !isWhole });
  });
  return !stream.destroyed;
}

function attempt(stream: ServerHttp2Stream, write: () => void): void {
  try {
    write();
  } catch {
    stream.destroy();
  }
}

/** Ends a call with a status and nothing else, unless it has a response. */
export function endWith(stream: ServerHttp2Stream, status: number, message: string): void {
  respond(stream, { ...grpc, 'grpc-status': String(status), 'grpc-message': encoded(message) });
}

/** Ends a call of whose request nothing more is of use. A reset at once could overtake the response. */
export function endUnread(stream: ServerHttp2Stream, clock: Clock, status: number, message: string): void {
  endWith(stream, status, message);
  const timer = clock.startTimer(() => stream.destroy(), resetMs);
  stream.once('close', timer.cancel.bind(timer));
}

/** Nothing more can be said to it. One that its peer has reset is closed, and not destroyed while it has unread data. */
export function isOver({ headersSent, destroyed, closed }: ServerHttp2Stream): boolean {
  return headersSent || destroyed || closed;
}

/** What is no visible ASCII, and the sign itself: clients do not decode the rest (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses). */
function encoded(message: string): string {
  // Half a character is none.
  const encode = (part: string): string => encodeURIComponent(Buffer.from(part).toString());
  return message.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encode);
}
