/**
 * One HTTP/2 session to Temporal. It is ready once the server has said how many streams it takes. A peer that says nothing is found. A session that the server
 * drains (GOAWAY), or that is retired, ends what it has begun and takes no more.
 */
import type { ClientHttp2Session } from 'node:http2';
import { type Clock, type Timer, withDeadline } from '@worker-auth/internal';
import { ConnectionJudge, silentMs } from '../../network/connection-judge.ts';
import type { Scope } from './scopes.ts';

/** How often a peer is asked whether it lives, in ms. */
const askEveryMs = 3_000;

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
  readonly judge: ConnectionJudge;
  /** Scopes whose token it rejected, and nothing was accepted in since. */
  readonly rejections = new Set<Scope>();
  readonly #clock: Clock;
  readonly #onGone: (line: Line) => void;
  #streams = 0;
  #polls = 0;
  #isOpen = true;
  #timer: Timer | undefined;

  constructor(session: ClientHttp2Session, clock: Clock, onGone: (line: Line) => void) {
    this.session = session;
    this.judge = new ConnectionJudge(clock);
    this.#clock = clock;
    this.#onGone = onGone;
    session.on('goaway', this.#leave.bind(this));
    session.on('error', () => undefined);
    session.on('close', () => {
      this.#timer?.cancel();
      this.#leave();
    });
    this.#ask();
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

  /** Takes no more calls. Those under way go on. */
  retire(): void {
    this.#leave();
    if (!this.session.closed) this.session.close();
  }

  /** By settings, which a peer acknowledges too: gRPC servers end the connection of who pings so often. Its silence ends the session. */
  #ask(): void {
    const { session } = this;
    const ask = this.#ask.bind(this);
    const onSilence = (): void => {
      // It may stand behind a large message.
      if (this.judge.isSilent) session.destroy();
      else ask();
    };
    const timeoutError = (): Error => new Error('no answer');
    const bounds = { clock: this.#clock, timeoutMs: silentMs, timeoutError };
    this.#timer = this.#clock.startTimer(() => {
      if (session.destroyed) return;
      const answered = new Promise((resolve) => {
        session.settings({}, resolve);
      });
      void withDeadline(() => answered, bounds).then(ask, onSilence);
    }, askEveryMs);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onGone(this);
  }
}
