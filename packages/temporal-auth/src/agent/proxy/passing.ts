/** Streams, health checks and reflection: each is sent once, with a token, and both sides are joined as they come. */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type ProxyCore, secretsOf } from './core.ts';
import { grpcStatus, statusOfHttp } from './exchange.ts';
import { fitForCaller } from './fields.ts';
import { endWith, respond } from './reply.ts';

export async function passThrough(
  core: ProxyCore,
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  const scope = core.tokens.scope(String(headers['temporal-namespace'] ?? ''), String(headers[':path']));
  try {
    const token = core.tokens.next(scope) ?? (await core.tokens.replacement.tokens.getToken());
    if (stream.destroyed) return;
    core.tokens.sent(scope, token);
    const seat = await core.upstream.stream(false);
    const request = seat.line.session.request(
      { ...headers, ':authority': core.address, authorization: `Bearer ${token}` },
      { endStream: false },
    );
    seat.onSilent = () => {
      request.destroy();
    };
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
      if (respond(stream, incoming, isEnded ? undefined : () => trailers)) request.pipe(stream);
    });
    request.on('trailers', (incoming: IncomingHttpHeaders) => {
      fitForCaller(incoming, secretsOf(core, token), true);
      trailers = incoming;
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      seat.end();
      endWith(stream, grpcStatus.unavailable, 'the connection to Temporal was lost');
      if (!stream.closed && request.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(request.rstCode);
    });
    stream.on('close', () => {
      request.close(stream.rstCode);
    });
    stream.pipe(request);
  } catch (error) {
    endWith(stream, grpcStatus.unavailable, (error as Error).message);
  }
}
