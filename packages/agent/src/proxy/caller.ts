/**
 * A call of a worker: its request, read whole within bounds, and its response, which is sent once. It is answered by its deadline at the latest, and
 * nothing waits for it once its worker has left.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { type Clock, maxTimerMs, type Timer } from '@worker-auth/internal';
import { type Answer, grpcStatus } from './exchange.ts';
import { readTimeout } from './methods.ts';
import { endUnread, endWith, grpc, isOver, respond } from './reply.ts';
import { RequestBody } from './request-body.ts';
import { readRequest, type RequestNames } from './request.ts';
import type { Share } from './shares.ts';
import { emptyFrame } from './wire.ts';

/** How long a call without a deadline is held, in ms. */
const defaultTimeoutMs = 60_000;

/** How long a worker may take to send a request, and to read its response, in ms. */
const peerMs = 60_000;

/** A request of which nothing more comes for so long is ended, in ms. */
const stalledMs = 10_000;

const nobody = readRequest({}, Buffer.alloc(0));

export class Caller {
  readonly stream: ServerHttp2Stream;
  readonly connection: object;
  readonly path: string;
  /** As they came, but for the name of this proxy. Their `authorization` is replaced. */
  readonly headers: OutgoingHttpHeaders;
  /** `undefined` without a deadline. */
  readonly timeoutMs: number | undefined;
  readonly arrivedMs: number;
  body: Buffer = Buffer.alloc(0);
  /** What the request says of itself, once it is whole. */
  names: RequestNames = nobody;
  /** Called when the worker has left. */
  onLeft: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #memory: Share;
  #bytes = 0;
  /** Of its answer. */
  #received = 0;
  #over: AbortController | undefined;
  #timer: Timer | undefined;
  readonly #deadline: Timer | undefined;
  #peerTimer: Timer | undefined;
  #grownMs: number;
  #growTimer: Timer | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, clock: Clock, memory: Share) {
    this.stream = stream;
    this.connection = stream.session ?? stream;
    this.path = headers[':path'] ?? '';
    this.timeoutMs = readTimeout(headers['grpc-timeout'] as string | undefined);
    this.arrivedMs = clock.monotonicNow();
    this.#grownMs = this.arrivedMs;
    this.#clock = clock;
    this.#memory = memory;
    Reflect.deleteProperty(headers, ':authority');
    this.headers = headers;
    const expire = this.end.bind(this, grpcStatus.deadlineExceeded, 'The deadline passed');
    if (this.timeoutMs !== undefined)
      this.#deadline = clock.startTimer(expire, Math.min(this.timeoutMs, maxTimerMs));
    stream.once('close', () => {
      this.#deadline?.cancel();
      this.#peerTimer?.cancel();
      this.#growTimer?.cancel();
      this.#over?.abort();
      this.#memory.give(this.#received);
      this.#received = 0;
      this.onLeft();
    });
    this.#awaitPeer();
  }

  get namespace(): string {
    return this.names.namespace;
  }

  /** Nothing more can be said to it. */
  isOver(): boolean {
    return isOver(this.stream);
  }

  /** Its worker has left without an answer. */
  get isCut(): boolean {
    return this.isOver() && !this.stream.headersSent;
  }

  /** By the monotonic clock. */
  get deadlineMs(): number {
    return this.arrivedMs + (this.timeoutMs ?? defaultTimeoutMs);
  }

  get leftMs(): number {
    return this.deadlineMs - this.#clock.monotonicNow();
  }

  /** Resolves to whether the request is whole; one that is too large has its answer then. */
  read(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const body = new RequestBody();
    const take = (bytes: number): boolean => {
      const isTaken = this.#memory.take(bytes);
      if (isTaken) this.#bytes += bytes;
      return isTaken;
    };
    this.stream.on('data', (chunk: Buffer) => {
      if (this.isOver()) return;
      this.#grownMs = this.#clock.monotonicNow();
      if (body.add(chunk, take)) return;
      const text =
        'The request is too large for the proxy, or too many of its connection, or in all, are held';
      this.#cut(grpcStatus.resourceExhausted, text);
    });
    this.#awaitMore();
    this.stream.once('end', () => {
      this.#peerTimer?.cancel();
      this.#growTimer?.cancel();
      this.body = body.bytes;
      this.names = readRequest(this.headers, this.body);
      resolve(!this.isOver());
    });
    this.stream.once('close', () => {
      resolve(false);
    });
    return promise;
  }

  /** Takes memory for an answer, in place of the one before; gives it back when the worker has read the answer. */
  receiver(): (bytes: number) => boolean {
    this.#memory.give(this.#received);
    this.#received = 0;
    return (bytes) => {
      const isTaken = this.stream.destroyed || this.#memory.take(bytes);
      if (isTaken && !this.stream.destroyed) this.#received += bytes;
      return isTaken;
    };
  }

  /** Nothing of the request is needed any more. */
  release(): void {
    this.#timer?.cancel();
    this.#memory.give(this.#bytes);
    this.#bytes = 0;
    this.body = Buffer.alloc(0);
  }

  /** Ends with its time, or with the worker, or when it is aborted. @param endMs by the monotonic clock */
  over(endMs: number): AbortController {
    if (this.#over !== undefined) return this.#over;
    const over = new AbortController();
    this.#over = over;
    const abort = (): void => {
      over.abort();
    };
    const leftMs = Math.max(0, endMs - this.#clock.monotonicNow());
    this.#timer = this.#clock.startTimer(abort, Math.min(leftMs, maxTimerMs), { keepAlive: true });
    if (this.isOver()) abort();
    return over;
  }

  /** Hands on an answer as it came, where it is one of gRPC. */
  relay({ headers, trailers, body, status, message, isGrpc }: Answer): void {
    if (!isGrpc) this.end(status, message);
    else if (trailers === undefined && body.length === 0) respond(this.stream, headers);
    else this.#send(headers, body, trailers);
  }

  /** OK, with a response that has no fields. */
  endEmpty(): void {
    this.#send(grpc, emptyFrame, { 'grpc-status': '0' });
  }

  end(status: number, message: string): void {
    endWith(this.stream, status, message);
  }

  /** The rest of the request is of no use. */
  #cut(status: number, message: string): void {
    endUnread(this.stream, this.#clock, status, message);
  }

  #awaitMore(): void {
    const leftMs = this.#grownMs + stalledMs - this.#clock.monotonicNow();
    if (leftMs > 0) this.#growTimer = this.#clock.startTimer(this.#awaitMore.bind(this), leftMs);
    else this.#cut(grpcStatus.unavailable, `Nothing more of the request came for ${stalledMs / 1_000} s`);
  }

  #send(headers: OutgoingHttpHeaders, body: Buffer, trailers: OutgoingHttpHeaders = {}): void {
    if (!respond(this.stream, headers, () => trailers)) return;
    this.#awaitPeer();
    this.stream.end(body);
  }

  /** What a worker neither sends nor reads would be kept for ever. */
  #awaitPeer(): void {
    this.#peerTimer?.cancel();
    this.#peerTimer = this.#clock.startTimer(() => this.stream.destroy(), peerMs);
  }
}
