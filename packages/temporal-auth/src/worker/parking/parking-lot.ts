import type { Clock } from '@worker-auth/inlined';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { grpcCode } from '../../errors/refusal.ts';
import { endWithMessage, endWithStatus } from './grpc-answers.ts';
import { grpcTimeoutMs } from './grpc-timeout.ts';

/** The header that shows a call to be of our own process. */
const secretHeader = 'worker-auth-parking';

/**
 * How much of the time that Core gives a poll (70 s, or 11 s after a burst of tasks) it is held. Each answer begins Core's grace of 60 s anew;
 * a poll that Core itself gives up does not.
 */
const pollShare = 0.8;

/** The time of a poll that says nothing of it, in milliseconds. */
const pollTimeoutMs = 70_000;

/**
 * How long a poll is held, in milliseconds, that should not be here: the lot was left, or a worker has shut down and waits for the end of its
 * polls. One that was on its way goes on soon, and one that stays costs little.
 */
const strayPollMs = 1_000;

/** For how long polls of a worker that has shut down may still come, in milliseconds: Core repeats one after 10 s at most. */
const strayForMs = 15_000;

/**
 * How long the outcome of a task is held, in milliseconds. Core repeats it, at Temporal when the worker is back there, only within 10 s of the
 * first attempt: an answer any later is the last one, and one much earlier would bring the outcome here once more, to be held in vain.
 */
const outcomeMs = 9_950;

const empty = new Uint8Array();
const unavailableText = 'The worker is parked until Temporal takes its access token again';

/** What a {@link ParkingLot} is made of. */
export interface ParkingLotOptions {
  /** The encoded `GetSystemInfoResponse` of the server that it stands in for. */
  readonly systemInfo: Uint8Array;
  readonly clock: Clock;
}

/**
 * A server in this process that Temporal's Core takes for a Temporal without work: it holds polls, and the outcomes of tasks until they can be
 * told to Temporal, takes heartbeats, and knows nothing of the rest. It is on loopback, and for those alone that send {@link metadata}.
 * It keeps no process alive.
 */
export class ParkingLot {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #options: ParkingLotOptions;
  readonly #secret = randomBytes(32).toString('base64url');
  /** How each call that is held will end. */
  readonly #polls = new Map<ServerHttp2Stream, () => void>();
  readonly #outcomes = new Map<ServerHttp2Stream, () => void>();
  #holds = true;
  #shutdownMs = -Infinity;

  /** Opens one, which holds. End it with {@link close}. */
  static async open(options: ParkingLotOptions): Promise<ParkingLot> {
    const server = createServer();
    const lot = new ParkingLot(server, options);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    server.unref();
    return lot;
  }

  private constructor(server: Http2Server, options: ParkingLotOptions) {
    this.#server = server;
    this.#options = options;
    server.on('session', (session) => {
      session.unref();
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      // Whatever happens to a call, its caller sees to it.
      stream.on('error', () => undefined);
      stream.resume();
      this.#serve(stream, headers);
    });
  }

  /** Where it listens: `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a connection must send with each call. */
  get metadata(): Record<string, string> {
    return { [secretHeader]: this.#secret };
  }

  /** How many calls wait for their answer. */
  get held(): number {
    return this.#polls.size + this.#outcomes.size;
  }

  /** From now on calls are held. */
  hold(): void {
    this.#holds = true;
  }

  /** Ends what is held: a poll is empty, and an outcome is to be repeated, by a worker that is at Temporal now. */
  release(): void {
    this.#holds = false;
    endAll(this.#polls);
    endAll(this.#outcomes);
  }

  /** Ends it, and whatever call is under way. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (!this.#isOurs(headers)) {
      endWithStatus(stream, grpcCode.permissionDenied, 'Not for you');
      return;
    }
    const path = String(headers[':path']);
    const method = path.slice(path.lastIndexOf('/') + 1);
    switch (method) {
      case 'GetSystemInfo':
        endWithMessage(stream, this.#options.systemInfo);
        return;
      case 'ShutdownWorker':
        this.#endPolls();
        endWithMessage(stream, empty);
        return;
      case 'RecordActivityTaskHeartbeat':
      case 'RecordWorkerHeartbeat':
        endWithMessage(stream, empty);
        return;
    }
    if (method.startsWith('Poll')) {
      this.#hold(this.#polls, stream, this.#pollMs(headers), () => {
        endWithMessage(stream, empty);
      });
      return;
    }
    const toBeRepeated = (): void => {
      endWithStatus(stream, grpcCode.unavailable, unavailableText);
    };
    if (method.startsWith('Respond') && this.#holds) {
      this.#hold(this.#outcomes, stream, outcomeMs, toBeRepeated);
    } else {
      toBeRepeated();
    }
  }

  /** As Temporal does for a worker that shuts down, which waits for it. Those of other workers come again. */
  #endPolls(): void {
    this.#shutdownMs = this.#options.clock.monotonicNow();
    endAll(this.#polls);
  }

  #pollMs(headers: IncomingHttpHeaders): number {
    const isAfterShutdown = this.#options.clock.monotonicNow() - this.#shutdownMs < strayForMs;
    if (!this.#holds || isAfterShutdown) return strayPollMs;
    return pollShare * (grpcTimeoutMs(String(headers['grpc-timeout'])) ?? pollTimeoutMs);
  }

  #isOurs(headers: IncomingHttpHeaders): boolean {
    const given = Buffer.from(String(headers[secretHeader]));
    const secret = Buffer.from(this.#secret);
    return given.length === secret.length && timingSafeEqual(given, secret);
  }

  #hold(
    held: Map<ServerHttp2Stream, () => void>,
    stream: ServerHttp2Stream,
    forMs: number,
    answer: () => void,
  ): void {
    const end = (): void => {
      forget();
      answer();
    };
    const timer = this.#options.clock.startTimer(end, forMs);
    const forget = (): void => {
      timer.cancel();
      held.delete(stream);
    };
    held.set(stream, end);
    stream.once('close', forget);
  }
}

function endAll(held: ReadonlyMap<ServerHttp2Stream, () => void>): void {
  for (const end of held.values()) end();
}
