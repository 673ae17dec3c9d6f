/** One attempt of a call on a connection to Temporal: sent whole, its answer read whole. It never throws: no answer is UNAVAILABLE. */
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Clock, Timer } from '@worker-auth/internal';
import { restMs, type Seat } from './line.ts';
import { maxMessageBytes, messageOf } from './wire.ts';

/** Statuses of gRPC that a proxy itself knows (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const grpcStatus = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Not Temporal's own rejection: it is unavailable, or a proxy before it cannot check a token. */
export const undecided: ReadonlySet<number> = new Set([
  grpcStatus.unavailable,
  grpcStatus.permissionDenied,
  grpcStatus.unauthenticated,
]);

/** What came of an attempt. */
export interface Answer {
  /** Of gRPC, or what an HTTP status stands for. */
  readonly status: number;
  readonly message: string;
  readonly headers: IncomingHttpHeaders;
  /** `undefined` where all is in the headers. */
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly body: Buffer;
  /** Whether it can be handed on as it came. */
  readonly isGrpc: boolean;
  /** Whether the server says that it never looked at the call (RFC 9113 section 8.7). */
  readonly isRefused: boolean;
}

/** The message of an answer; empty where it cannot be read. */
export function messageOfAnswer({ body, headers }: Answer): Buffer {
  return messageOf(body, headers['grpc-encoding'], maxMessageBytes) ?? Buffer.alloc(0);
}

export interface Exchange {
  readonly answer: Promise<Answer>;
  /** Nobody waits for it any more. An answer that has begun is read to its end, for a while; of a poll, one that Temporal has sent by now. */
  cancel(): void;
}

/** HTTP statuses of proxies before Temporal, as gRPC maps them (https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html). */
export const statusOfHttp: Readonly<Record<number, number>> = {
  401: grpcStatus.unauthenticated,
  403: grpcStatus.permissionDenied,
  404: grpcStatus.unimplemented,
  429: grpcStatus.unavailable,
  502: grpcStatus.unavailable,
  503: grpcStatus.unavailable,
  504: grpcStatus.unavailable,
};

/** Said to a caller. */
const tooLarge =
  'The response is too large for the proxy, or the connection has too many that it has not read';

/** So many bytes are sent at a time. */
const pieceBytes = 1_048_576;

/** A peer that takes longer was silent, in ms. */
const slowMs = 1_000;

export interface ExchangeOptions {
  readonly clock: Clock;
  /** Time before it is cancelled, in ms. Default: none, as the server keeps to the deadline in the headers. */
  readonly timeoutMs?: number | undefined;
  /** Of a poll, whose answer is a task: called with one that comes from a silent connection after all. */
  readonly onLate?: ((answer: Answer) => void) | undefined;
  /** Asked for each part of an answer whether there is so much memory for it. Default: there is. */
  readonly receive?: ((bytes: number) => boolean) | undefined;
}

export function exchange(
  seat: Seat,
  headers: OutgoingHttpHeaders,
  body: Buffer,
  { clock, timeoutMs, onLate, receive }: ExchangeOptions,
): Exchange {
  const { line } = seat;
  let stream: ClientHttp2Stream;
  try {
    stream = line.session.request(headers, { endStream: false });
  } catch (error) {
    seat.end();
    const { code, message } = error as NodeJS.ErrnoException;
    const isOfLine = /SESSION|STREAMS/.test(String(code));
    if (isOfLine) line.retire();
    const status = isOfLine ? grpcStatus.unavailable : grpcStatus.invalidArgument;
    return { answer: Promise.resolve(noAnswer(message, status)), cancel: () => undefined };
  }
  seat.stream = stream;
  stream.once('finish', line.onSent);
  let timer: Timer | undefined;
  let received: IncomingHttpHeaders | undefined;
  const answer = new Promise<Answer>((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let trailers: IncomingHttpHeaders | undefined;
    let why = 'the connection to Temporal was lost';
    let isTooLarge = false;
    stream.on('response', (incoming: IncomingHttpHeaders) => {
      received = incoming;
      line.judge.heard();
    });
    stream.on('trailers', (incoming: IncomingHttpHeaders) => {
      trailers = incoming;
    });
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxMessageBytes && receive?.(chunk.length) !== false) {
        chunks.push(chunk);
        return;
      }
      isTooLarge = true;
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('error', ({ message }: Error) => {
      why = message;
    });
    let isSilent = false;
    const done = (): void => {
      // A copy of one too: a small chunk is a part of what was read from the socket with it.
      const whole = Buffer.concat(chunks);
      const isRefused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      let came = { ...noAnswer(why), isRefused };
      if (isTooLarge) came = noAnswer(tooLarge, grpcStatus.resourceExhausted);
      else if (received !== undefined) came = read(received, trailers, whole, why);
      if (isSilent) onLate?.(came);
      else resolve(came);
    };
    seat.onSilent = () => {
      if (onLate === undefined) stream.destroy();
      else {
        resolve(noAnswer(why));
        isSilent = true;
      }
    };
    // Trailers have come by then, and what closes the stream takes its time.
    stream.on('end', done);
    stream.on('close', () => {
      timer?.cancel();
      line.judge.ended(stream);
      seat.end();
      if (!stream.readableEnded) done();
    });
  });
  const close = (): void => {
    stream.close(constants.NGHTTP2_CANCEL);
  };
  const endSoon = (mayCome: boolean): void => {
    if (mayCome) timer ??= clock.startTimer(close, restMs);
    else close();
  };
  const cancel = (): void => {
    const askedMs = clock.monotonicNow();
    if (onLate === undefined) endSoon(received !== undefined);
    else
      void line.roundTrip().then(() => {
        // After a silence all comes at once.
        endSoon(received !== undefined || clock.monotonicNow() - askedMs > slowMs);
      });
  };
  if (timeoutMs !== undefined) timer = clock.startTimer(close, timeoutMs, { keepAlive: true });
  line.judge.sent(stream, body.length);
  send(stream, body, line.onSent);
  return { answer, cancel };
}

/** In pieces, as a slow link is not one that takes nothing. */
function send(stream: ClientHttp2Stream, body: Buffer, onSent: () => void): void {
  if (body.length <= pieceBytes) {
    stream.end(body);
    return;
  }
  stream.write(body.subarray(0, pieceBytes), (error) => {
    if (error) return;
    onSent();
    send(stream, body.subarray(pieceBytes), onSent);
  });
}

export function noAnswer(message: string, status: number = grpcStatus.unavailable): Answer {
  const body = Buffer.alloc(0);
  return { status, message, headers: {}, trailers: undefined, body, isGrpc: false, isRefused: false };
}

function read(
  headers: IncomingHttpHeaders,
  trailers: IncomingHttpHeaders | undefined,
  body: Buffer,
  why: string,
): Answer {
  const http = Number(headers[':status']);
  // Before the status of gRPC, as grpc-go does: it is of who answered.
  if (http !== 200)
    return { ...noAnswer(`HTTP status code ${http}`, statusOfHttp[http] ?? grpcStatus.unknown), headers };
  const { 'grpc-status': code, 'grpc-message': text = '' } = trailers ?? headers;
  if (code === undefined) return noAnswer(why);
  const isStatus = /^(?:\d|1[0-6])$/.test(String(code));
  return {
    status: isStatus ? Number(code) : grpcStatus.unknown,
    message: decoded(String(text)),
    headers,
    trailers,
    body,
    isGrpc: isStatus,
    isRefused: false,
  };
}

/** Percent-encoded; as it is where it is not. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An answer as gRPC's own errors are, for what reads those. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: number;
  readonly details: string;
  readonly metadata: { get(name: string): readonly string[] };
  readonly answer: Answer;

  constructor(answer: Answer) {
    const { status, message, headers, trailers } = answer;
    super(`${status}: ${message}`);
    this.code = status;
    this.details = message;
    this.answer = answer;
    this.metadata = { get: (name) => [trailers?.[name] ?? headers[name] ?? []].flat() };
  }
}
