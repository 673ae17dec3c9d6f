/**
 * One HTTP/2 session to Temporal. It is ready once the server has said how many streams it takes. Pings find a dead peer. A session that the server
 * drains (GOAWAY), or that is retired, ends what it has begun and takes no more.
 */
import type { ClientHttp2Session } from 'node:http2';
import type { Clock, Timer } from '@worker-auth/internal';
import type { Scope } from './scopes.ts';

/** How often a peer is asked whether it lives, in ms: gRPC servers close the connection of who asks more often than each 10 s. */
const pingEveryMs = 10_000;

/** How long its answer may take, in ms. */
const pongMs = 3_000;

/** Streams that polls leave to other calls: so many, or a fifth of all where there are few. */
const reserve = { most: 20, share: 0.2 };

/** A stream of a line, for one call. */
export interface Seat {
  readonly line: Line;
  /** Called once, when the call has ended. */
  readonly end: () => void;
}

export class Line {
  readonly session: ClientHttp2Session;
  /** Scopes whose token it rejected, and nothing was accepted in since. */
  readonly rejections = new Set<Scope>();
  readonly #clock: Clock;
  readonly #onGone: (line: Line) => void;
  #streams = 0;
  #polls = 0;
  #isOpen = true;
  #isPinged = false;
  #pingedMs = -Infinity;
  #timer: Timer | undefined;

  constructor(session: ClientHttp2Session, clock: Clock, onGone: (line: Line) => void) {
    this.session = session;
    this.#clock = clock;
    this.#onGone = onGone;
    session.on('goaway', this.#leave.bind(this));
    session.on('error', () => undefined);
    session.on('close', () => {
      this.#timer?.cancel();
      this.#leave();
    });
    this.#pingLater();
  }

  /** How many more calls of the kind it takes. */
  room(isPoll: boolean): number {
    const { maxConcurrentStreams: all = Infinity } = this.session.remoteSettings;
    const left = all - this.#streams;
    return isPoll ? Math.min(left, all - Math.min(reserve.most, all * reserve.share) - this.#polls) : left;
  }

  take(isPoll: boolean): Seat {
    const polls = isPoll ? 1 : 0;
    this.#streams++;
    this.#polls += polls;
    const end = (): void => {
      this.#streams--;
      this.#polls -= polls;
    };
    return { line: this, end };
  }

  /** Asks the peer whether it lives, unless that is asked already or was a moment ago. Its silence ends the session. */
  ping(): void {
    const nowMs = this.#clock.monotonicNow();
    if (this.#isPinged || this.session.destroyed || nowMs - this.#pingedMs < pongMs) return;
    this.#isPinged = true;
    this.#pingedMs = nowMs;
    const late = this.#clock.startTimer(() => {
      this.session.destroy();
    }, pongMs);
    const isSent = this.session.ping(() => {
      this.#isPinged = false;
      late.cancel();
    });
    if (!isSent) late.cancel();
  }

  /** Takes no more calls. Those under way go on. */
  retire(): void {
    this.#leave();
    if (!this.session.closed) this.session.close();
  }

  #pingLater(): void {
    this.#timer = this.#clock.startTimer(() => {
      this.ping();
      this.#pingLater();
    }, pingEveryMs);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onGone(this);
  }
}
