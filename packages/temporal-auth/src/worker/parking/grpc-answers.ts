import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

const response = { ':status': 200, 'content-type': 'application/grpc' } as const;

/** Ends a call, whose answer has not begun, with one message and the status OK; does nothing when its caller has left. */
export function endWithMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.closed || stream.destroyed) return;
  stream.once('wantTrailers', () => {
    stream.sendTrailers(statusFields(0));
  });
  stream.respond(response, { waitForTrailers: true });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}

/**
 * Ends a call, whose answer has not begun, with a status; does nothing when its caller has left.
 *
 * @param text ASCII without `%`
 */
export function endWithStatus(stream: ServerHttp2Stream, code: number, text: string): void {
  if (stream.closed || stream.destroyed) return;
  stream.respond({ ...response, ...statusFields(code), 'grpc-message': text }, { endStream: true });
}

function statusFields(code: number): OutgoingHttpHeaders {
  return { 'grpc-status': String(code) };
}
