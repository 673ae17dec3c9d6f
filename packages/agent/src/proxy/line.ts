/**
 * One HTTP/2 session to Temporal. It is ready once the server has said how many streams it takes. A peer that says nothing is found; the tasks that it hands
 * out meanwhile are read when they come after all. One that answers, and takes no requests, is retired. A session that the server drains (GOAWAY), or
 * that is retired, ends what it has begun and takes no more.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { type Clock, type Timer, withDeadline } from '@worker-auth/internal';
import { ConnectionJudge, silentMs } from '@worker-auth/calls/connections/connection-judge';
import type { Scope } from './scopes.ts';

/** How often a peer is asked whether it lives, in ms. */
const askEveryMs = 3_000;

/** So often in a row a peer is found to take no request, by its windows, before another connection takes its place: 30 s. */
const maxStuck = 10;

/** Streams that polls leave to other calls: so many, or a fifth of all where there are few; none of fewer than five. */
const reserve = { most: 20, share: 0.2 };

/** How long the answers of a silent peer are waited for, in ms: by then Temporal too has found that it hears nothing. */
const lateMs = 70_000;

/** The rest of an answer that nobody waits for may take so long, in ms, and a task that Temporal hands out when a silence ends. */
export const restMs = 2_000;

/** A stream of a line, for one call. */
export interface Seat {
  readonly line: Line;
  /** Called once, when the call has ended. */
  readonly end: () => void;
  /** Called when the peer is silent: no answer is waited for. */
  onSilent: () => void;
  /** Once the call is made. */
  stream: ClientHttp2Stream | undefined;
}

export class Line {
  readonly session: ClientHttp2Session;
  readonly judge: ConnectionJudge;
  /** Scopes whose token it rejected, and nothing was accepted in since. */
  readonly rejections = new Set<Scope>();
  readonly #clock: Clock;
  readonly #onGone: (line: Line) => void;
  readonly #onRoom: () => void;
  readonly #seats = new Set<Seat>();
  #polls = 0;
  #isOpen = true;
  #timer: Timer | undefined;
  #trip: Promise<undefined> = Promise.resolve(undefined);
  #nextTrip: Promise<undefined> | undefined;
  /** How often in a row requests were found that are not sent, since one was. */
  #stuck = 0;

  /** @param onRoom called when it may take more calls than before */
  constructor(session: ClientHttp2Session, clock: Clock, onGone: (line: Line) => void, onRoom: () => void) {
    this.session = session;
    this.judge = new ConnectionJudge(clock);
    this.#clock = clock;
    this.#onGone = onGone;
    this.#onRoom = onRoom;
    session.on('remoteSettings', onRoom);
    session.on('goaway', this.#leave.bind(this));
    session.on('error', () => undefined);
    session.on('close', () => {
      this.#timer?.cancel();
      this.#leave();
    });
    this.#ask();
  }

  /** How many streams its peer allows. */
  get limit(): number {
    return this.session.remoteSettings.maxConcurrentStreams ?? Infinity;
  }

  /** How many more calls of the kind it takes. */
  room(isPoll: boolean): number {
    const { limit } = this;
    const left = limit - this.#seats.size;
    const reserved = Math.min(reserve.most, Math.floor(limit * reserve.share));
    return isPoll ? Math.min(left, limit - reserved - this.#polls) : left;
  }

  take(isPoll: boolean): Seat {
    const polls = isPoll ? 1 : 0;
    this.#polls += polls;
    const end = (): void => {
      this.#seats.delete(seat);
      this.#polls -= polls;
      this.#onRoom();
    };
    const seat: Seat = { line: this, end, onSilent: () => undefined, stream: undefined };
    this.#seats.add(seat);
    return seat;
  }

  /** A request was sent whole. Calls share the function. */
  readonly onSent = (): void => {
    this.#stuck = 0;
  };

  /** Resolves when all is read that the peer had sent by now, and never where the session ends before. */
  roundTrip(): Promise<undefined> {
    // The peer may have answered the one that is under way.
    this.#nextTrip ??= this.#trip.then(() => {
      this.#nextTrip = undefined;
      this.#trip = new Promise((resolve) => {
        // By settings, which a peer acknowledges too: gRPC servers end the connection of who pings so often.
        if (!this.session.destroyed)
          this.session.settings({}, () => {
            resolve(undefined);
          });
      });
      return this.#trip;
    });
    return this.#nextTrip;
  }

  /** Takes no more calls. Those under way go on. */
  retire(): void {
    this.#leave();
    if (!this.session.closed) this.session.close();
  }

  /** Whether the peer lives. */
  #ask(): void {
    const ask = this.#ask.bind(this);
    const onSilence = (): void => {
      // It may stand behind a large message.
      if (this.judge.isSilent) this.#silent();
      else ask();
    };
    const timeoutError = (): Error => new Error('no answer');
    const bounds = { clock: this.#clock, timeoutMs: silentMs, timeoutError };
    this.#timer = this.#clock.startTimer(() => {
      this.#checkSent();
      if (!this.session.destroyed) void withDeadline(() => this.roundTrip(), bounds).then(ask, onSilence);
    }, askEveryMs);
  }

  /** What was never sent can be sent on another one. */
  #checkSent(): void {
    const unsent = [...this.#seats].filter(({ stream }) => (stream?.writableLength ?? 0) > 0);
    if (unsent.length === 0 || ++this.#stuck < maxStuck) return;
    this.retire();
    for (const { stream } of unsent) stream?.close(constants.NGHTTP2_CANCEL);
  }

  /** Temporal does not know that it hears nothing, and goes on handing tasks to polls. */
  #silent(): void {
    this.#leave();
    const endIn = (ms: number): void => {
      this.#timer?.cancel();
      this.#timer = this.#clock.startTimer(() => {
        this.session.destroy();
      }, ms);
    };
    for (const { onSilent } of this.#seats) onSilent();
    endIn(lateMs);
    void this.roundTrip().then(() => {
      endIn(restMs);
    });
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onGone(this);
  }
}
