/**
 * The connections to Temporal: as few as its limits of streams allow. A call that a token was rejected with can be made on another one, since
 * servers behind one address may differ; one that rejects what another accepts is retired. Another client certificate retires all.
 */
import { connect as connectHttp2, type SecureClientSessionOptions } from 'node:http2';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import {
  abortable,
  anySignal,
  type Clock,
  handled,
  sleep,
  type Timer,
  withDeadline,
} from '@worker-auth/internal';
import { nodeTls, type TemporalTls } from '@worker-auth/calls/connections/temporal-tls';
import { explained } from '@worker-auth/calls/errors/unreachable';
import type { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { newestOf } from '@worker-auth/calls/network/network-fetch';
import { openSocket } from '@worker-auth/calls/network/open-socket';
import { ConnectionJudge } from '@worker-auth/calls/connections/connection-judge';
import type { Logger } from '@worker-auth/calls/temporal';
import type { Network } from '@worker-auth/calls/settings/network-settings';
import { Line, type Seat } from './line.ts';
import type { Scope } from './scopes.ts';

/** How Temporal is reached. */
export interface UpstreamOptions {
  /** `host:port`. */
  readonly address: string;
  readonly network: Network;
  /** Asked for each connection. */
  readonly tls: () => TemporalTls;
  /** Where a client certificate rotates. */
  readonly certificates: ClientCertificates | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when there is a connection. */
  readonly onConnected: () => void;
}

/** How long a connection may take, in ms. */
const connectMs = 10_000;

/** How long after one another connections are tried while there is none, in ms. */
const retryMs = 1_000;

/** After so long another one is tried beside it, in ms: what it hangs by may have ended. */
const besideMs = 2_000;

/** So many connections, however many streams each takes, and so many of them with polls: those are open for long. */
const [maxLines, maxPollLines] = [32, 25];

/** How often the log says that calls wait for a stream, in ms. */
const toldMs = 60_000;

/** How much a connection may send ahead, in bytes: one message may be large. */
const windowBytes = 4_194_304;

type SeatTaker = (seat: Seat | Promise<Seat>) => void;

export class Upstream {
  /** Why there is no connection; `undefined` while there is one, and before the first. */
  trouble: string | undefined;
  readonly #options: UpstreamOptions;
  readonly #lines = new Set<Line>();
  readonly #judge: ConnectionJudge;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #closing = new AbortController();
  #opening: Promise<Line> | undefined;
  #retry: Timer | undefined;
  #triedMs = 0;
  /** What gets each stream that becomes free: of calls first, then of polls. */
  readonly #waiting = [new Set<SeatTaker>(), new Set<SeatTaker>()] as const;
  #toldMs = -Infinity;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#judge = new ConnectionJudge(options.clock);
    this.#unsubscribe = options.certificates?.subscribe(() => {
      const before = [...this.#lines];
      void this.#open().then(
        () => {
          for (const line of before) line.retire();
        },
        () => undefined,
      );
    });
  }

  get size(): number {
    return this.#lines.size;
  }

  /**
   * A stream for a call, on the connection that rejects least.
   *
   * @param over when it waits for none any more
   * @throws when no connection can be made
   */
  stream(isPoll: boolean, over: (() => AbortSignal) | undefined): Seat | Promise<Seat> {
    const best = this.#best(isPoll);
    return best === undefined ? this.#streamLater(isPoll, over?.()) : best.take(isPoll);
  }

  /** One on another connection, for a call that these have rejected; `undefined` when there is none. One is made for that from time to time, as {@link ConnectionJudge} says. */
  another(
    isPoll: boolean,
    over: (() => AbortSignal) | undefined,
    avoided: ReadonlySet<Line>,
    isDenied: boolean,
  ): Seat | Promise<Seat> | undefined {
    const best = this.#best(isPoll, avoided);
    if (best !== undefined) return best.take(isPoll);
    const mayOpen = this.#lines.size < maxLines && this.#judge.mayTry(isDenied);
    return mayOpen ? abortable(this.#open(), over?.()).then((line) => line.take(isPoll)) : undefined;
  }

  /** A call of the scope was rejected on the line: the others come first. */
  rejected(line: Line, scope: Scope): void {
    line.rejections.add(scope);
    if (this.#lines.delete(line)) this.#lines.add(line);
  }

  /** Nothing of the scope is known any more. */
  forget(scope: Scope): void {
    for (const { rejections } of this.#lines) rejections.delete(scope);
  }

  /** A call of the scope was accepted on the line: it is not the scope that the others reject. */
  accepted(line: Line, scope: Scope): void {
    line.rejections.delete(scope);
    if (this.#lines.size > 1)
      for (const other of [...this.#lines]) if (other !== line && other.rejections.has(scope)) other.retire();
  }

  /** Closes all, with what is under way. */
  close(): void {
    this.#closing.abort();
    this.#retry?.cancel();
    this.#unsubscribe?.();
  }

  async #streamLater(isPoll: boolean, over: AbortSignal | undefined): Promise<Seat> {
    while (this.#mayHelp(isPoll)) {
      await abortable(this.#open(), over);
      // Other calls may have taken its streams first.
      const best = this.#best(isPoll);
      if (best !== undefined) return best.take(isPoll);
    }
    const { promise, resolve } = Promise.withResolvers<Seat>();
    const waiting = this.#waiting[isPoll ? 1 : 0];
    waiting.add(resolve);
    this.#tellOfWaiting();
    try {
      return await abortable(promise, over);
    } catch (error) {
      waiting.delete(resolve);
      // One may have come too late.
      void handled(
        promise.then(({ end }) => {
          end();
        }),
      );
      throw error;
    }
  }

  /** Whether a call that has no stream gets one by another connection. */
  #mayHelp(isPoll: boolean): boolean {
    const most = isPoll ? maxPollLines : maxLines;
    return this.#lines.size < most && [...this.#lines].every(({ limit }) => limit > 0);
  }

  /** Streams have become free. */
  #seat(): void {
    for (const [kind, waiting] of this.#waiting.entries())
      for (const take of waiting) {
        const best = this.#best(kind === 1);
        if (best === undefined) break;
        waiting.delete(take);
        take(best.take(kind === 1));
      }
  }

  #tellOfWaiting(): void {
    const { address, clock, logger } = this.#options;
    const nowMs = clock.monotonicNow();
    if (nowMs < this.#toldMs + toldMs) return;
    this.#toldMs = nowMs;
    const [{ size: calls }, { size: polls }] = this.#waiting;
    const [line] = this.#lines;
    logger.warn(
      `Calls wait for a stream to Temporal: ${line?.limit ?? 0} are allowed on each connection. Raise the limit of concurrent streams (SETTINGS_MAX_CONCURRENT_STREAMS) of Temporal or of the load balancer before it, or run fewer pollers`,
      { address, calls, polls },
    );
  }

  #best(isPoll: boolean, avoided?: ReadonlySet<Line>): Line | undefined {
    let best: Line | undefined;
    let left = isPoll ? maxPollLines : maxLines;
    for (const line of this.#lines) {
      if (left-- === 0) break;
      if (avoided?.has(line) === true || line.room(isPoll) < 1) continue;
      if (line.rejections.size === 0) return line;
      if (best === undefined || line.rejections.size < best.rejections.size) best = line;
    }
    return best;
  }

  /** Calls share one that is being opened. */
  #open(): Promise<Line> {
    this.#opening ??= this.#race().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #race(): Promise<Line> {
    const { clock } = this.#options;
    const over = new AbortController();
    const signal = anySignal(this.#closing.signal, over.signal);
    this.#triedMs = clock.monotonicNow();
    const beside = sleep(clock, besideMs, signal).then(() => this.#connect(signal));
    const opened = Promise.race([this.#connect(signal), beside]);
    try {
      return await opened;
    } catch (error) {
      if (this.#lines.size === 0) {
        this.trouble = explained((error as Error).message);
        for (const waiting of this.#waiting) {
          for (const take of waiting) take(opened.then((line) => line.take(false)));
          waiting.clear();
        }
      }
      this.#retryLater();
      throw error;
    } finally {
      over.abort();
    }
  }

  async #connect(aborted: AbortSignal): Promise<Line> {
    const { clock, address, network, tls, onConnected } = this.#options;
    const timeoutError = (): Error => new Error('no answer');
    const bounds = { clock, timeoutMs: connectMs, signal: aborted, timeoutError };
    let socket: Socket | undefined;
    try {
      const line = await withDeadline(async (signal) => {
        const way = tls();
        const trusted = way && nodeTls(way, await newestOf(network, signal));
        const opened = await openSocket(address, network, trusted, signal);
        socket = addAbortSignal(this.#closing.signal, opened);
        const session = connectHttp2(`${way === false ? 'http' : 'https'}://${address}`, {
          createConnection: () => opened,
          // Node's default of 10 MB rejects streams while a few large messages are on their way.
          maxSessionMemory: 1_000,
          // A server that sets no limit sends no setting, and Node's default of 100 would stay.
          peerMaxConcurrentStreams: 2 ** 32 - 1,
          settings: { enablePush: false, initialWindowSize: windowBytes },
        } as SecureClientSessionOptions);
        session.on('error', () => undefined);
        const closed = once(session, 'close', { signal }).then(() => {
          throw new Error('the connection was closed');
        });
        await Promise.race([once(session, 'remoteSettings', { signal }), handled(closed)]);
        session.setLocalWindowSize(4 * windowBytes);
        return new Line(session, clock, this.#gone.bind(this), this.#seat.bind(this));
      }, bounds);
      this.#lines.add(line);
      this.trouble = undefined;
      onConnected();
      this.#seat();
      return line;
    } catch (error) {
      socket?.destroy();
      throw error;
    }
  }

  #gone(line: Line): void {
    this.#lines.delete(line);
    this.#retryLater();
  }

  /** Calls are held until there is a connection: they must not wait for one of them to try. */
  #retryLater(): void {
    if (this.#lines.size > 0 || this.#closing.signal.aborted) return;
    const { clock } = this.#options;
    const retry = (): void => {
      if (this.#lines.size === 0) void handled(this.#open());
    };
    this.#retry?.cancel();
    this.#retry = clock.startTimer(retry, Math.max(0, this.#triedMs + retryMs - clock.monotonicNow()));
  }
}
