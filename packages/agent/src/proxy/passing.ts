/** Streams, health checks and reflection: each is sent once, with a token, and both sides are joined as they come. */
import {
  constants,
  type Http2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { PassThrough } from 'node:stream';
import { type ProxyCore, secretsOf } from './core.ts';
import { grpcStatus, statusOfHttp } from './exchange.ts';
import { fitForCaller } from './fields.ts';
import { endUnread, endWith, respond } from './reply.ts';
import { tooMany } from './scopes.ts';
import type { Share } from './shares.ts';

/** What a chunk of a request that waits takes beside its bytes, about. */
const chunkBytes = 500;

export async function passThrough(
  core: ProxyCore,
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
  memory: Share,
): Promise<void> {
  const tooLarge = 'The request is too large for the proxy';
  const sent = bounded(stream, stream, memory, () => {
    endUnread(stream, core.clock, grpcStatus.resourceExhausted, tooLarge);
  });
  const namespace = String(headers['temporal-namespace'] ?? '');
  const entered = core.scopes.enter(namespace, String(headers[':path']), stream.session ?? stream);
  if (entered === undefined) {
    endUnread(stream, core.clock, grpcStatus.resourceExhausted, tooMany);
    return;
  }
  stream.once('close', core.scopes.leave.bind(core.scopes, entered));
  const scope = entered.verdicts;
  try {
    const token = core.tokens.next(scope) ?? (await core.tokens.replacement.tokens.getToken());
    if (stream.destroyed) return;
    core.tokens.sent(scope, token);
    const over = new AbortController();
    stream.once('close', over.abort.bind(over, undefined));
    const seat = await core.upstream.stream(false, () => over.signal);
    const request = seat.line.session.request(
      { ...headers, ':authority': core.address, authorization: `Bearer ${token}` },
      { endStream: false },
    );
    const stop = (): void => {
      request.destroy();
    };
    seat.onSilent = stop;
    let trailers: OutgoingHttpHeaders = {};
    request.on('response', (incoming, flags) => {
      const { ':status': http = 0 } = incoming;
      if (http !== 200) {
        endWith(stream, statusOfHttp[http] ?? grpcStatus.unknown, `HTTP status code ${http}`);
        request.close();
        return;
      }
      fitForCaller(incoming, secretsOf(core, token), true);
      const isEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      if (respond(stream, incoming, isEnded ? undefined : () => trailers))
        bounded(request, stream, memory, stop).pipe(stream);
    });
    request.on('trailers', (incoming: IncomingHttpHeaders) => {
      fitForCaller(incoming, secretsOf(core, token), true);
      trailers = incoming;
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      seat.end();
      if (!stream.headersSent) endWith(stream, grpcStatus.unavailable, 'the connection to Temporal was lost');
      else if (!stream.closed && request.rstCode !== constants.NGHTTP2_NO_ERROR)
        stream.close(request.rstCode);
    });
    stream.on('close', () => {
      request.close(stream.rstCode);
    });
    sent.pipe(request);
  } catch (error) {
    endUnread(stream, core.clock, grpcStatus.unavailable, (error as Error).message);
  }
}

/** What comes, in memory of the caller that is counted until it has left: each chunk keeps all that was read from the socket with it. */
function bounded(from: Http2Stream, caller: Http2Stream, memory: Share, onFull: () => void): PassThrough {
  const sent = new PassThrough();
  let waiting = 0;
  const free = (bytes: number): void => {
    const freed = Math.min(bytes, waiting);
    waiting -= freed;
    memory.give(freed);
  };
  from.on('data', (chunk: Buffer) => {
    const bytes = chunk.length + chunkBytes;
    if (caller.closed || sent.destroyed) return;
    if (memory.take(bytes)) {
      waiting += bytes;
      sent.write(Buffer.from(chunk), free.bind(undefined, bytes));
      return;
    }
    onFull();
    sent.destroy();
  });
  from.once('end', () => sent.end());
  caller.once('close', () => {
    sent.destroy();
    free(waiting);
  });
  return sent;
}
