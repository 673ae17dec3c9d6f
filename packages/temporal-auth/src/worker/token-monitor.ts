import { type Clock, inOwnContext, type Instant, readInstant, type Timer } from '@worker-auth/inlined';
import { Emitter } from '@worker-auth/refresh-scheduler';
import { WakeableTimer } from '../connection/wakeable-timer.ts';
import type { ProbeResult } from '../connection/probe.ts';
import { idleMs, silenceMs, soonWait, waitAfter } from './probe-pace.ts';
import type { TokenHealth } from './worker-states.ts';

/** One probe that was answered, or had no answer. */
export interface ProbeEvent {
  readonly result: ProbeResult;
  /** The token that it was made with. */
  readonly token: string;
  /** When it began. */
  readonly startedAt: Instant;
  /** How many in a row had a result of this kind. */
  readonly count: number;
}

/** What a {@link TokenMonitor} reports. */
export interface TokenMonitorEvents {
  /** What is known has changed. */
  readonly health: TokenHealth;
  readonly probed: ProbeEvent;
}

/** What a {@link TokenMonitor} watches. */
export interface TokenMonitorOptions {
  /** Asks once. Rejects with the signal's reason, or when the connection was closed. */
  readonly probe: (signal: AbortSignal) => Promise<ProbeResult>;
  /** The token that the connection sends now. */
  readonly currentToken: () => string;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Results in a row before a wait is the idle one: nothing is wrong at the start. */
const settledCount = 6;

/** Asks Temporal again and again whether it accepts the token of one connection in one namespace. */
export class TokenMonitor {
  readonly #options: TokenMonitorOptions;
  readonly #timer: WakeableTimer;
  readonly #emitter = new Emitter<TokenMonitorEvents>();
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #health: TokenHealth = { kind: 'unknown' };
  #last: { readonly kind: ProbeResult['kind']; readonly count: number } = {
    kind: 'good',
    count: settledCount,
  };
  /** When the last probe began, by the monotonic clock. */
  #lastMs = -Infinity;
  /** When a call of a worker was accepted last, by the monotonic clock, and what ends the silence after it. */
  #acceptedMs = -Infinity;
  #silence: Timer | undefined;
  /** Whether an accepted call has brought a probe forward since one was answered. */
  #isBroughtForward = false;

  constructor(options: TokenMonitorOptions) {
    this.#options = options;
    this.#timer = new WakeableTimer(options.clock);
  }

  /** Begins to probe, at once. Does nothing when it runs already, or was stopped. */
  start(): void {
    this.#running ??= inOwnContext(() => this.#probeUntilAborted(this.#ending.signal)).catch(() => undefined);
  }

  /** Ends it for good; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#silence?.cancel();
    await this.#running;
  }

  get health(): TokenHealth {
    return this.#health;
  }

  on<K extends keyof TokenMonitorEvents>(
    name: K,
    listener: (event: TokenMonitorEvents[K]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Something happened that only a probe can tell the truth about. */
  probeSoon(withinMs?: number): void {
    const sinceLastMs = this.#options.clock.monotonicNow() - this.#lastMs;
    this.#timer.wakeWithin(withinMs ?? soonWait(sinceLastMs));
  }

  /** Temporal accepted a call of a worker, with the connection's token. When no other follows for a while, a probe does. */
  accepted(): void {
    if (this.#ending.signal.aborted) return;
    const nowMs = this.#options.clock.monotonicNow();
    this.#acceptedMs = nowMs;
    if (this.#last.kind === 'unreachable') {
      // The next probe may be a minute away. Where probes alone are not answered, since they are throttled, it comes as for an idle worker.
      this.probeSoon(this.#isBroughtForward ? Math.max(0, this.#lastMs + idleMs - nowMs) : undefined);
      this.#isBroughtForward = true;
    }
    this.#silence ??= this.#afterSilence(silenceMs);
  }

  #afterSilence(waitMs: number): Timer {
    const { clock } = this.#options;
    return clock.startTimer(() => {
      const leftMs = this.#acceptedMs + silenceMs - clock.monotonicNow();
      this.#silence = leftMs > 0 ? this.#afterSilence(leftMs) : undefined;
      if (leftMs <= 0 && this.#last.kind === 'good') this.probeSoon();
    }, waitMs);
  }

  async #probeUntilAborted(signal: AbortSignal): Promise<never> {
    const { random } = this.#options;
    for (let waitMs = 0; ; waitMs = waitAfter(this.#last.kind, this.#last.count, random)) {
      await this.#timer.wait(waitMs, signal);
      const token = this.#options.currentToken();
      const startedAt = readInstant(this.#options.clock);
      this.#lastMs = startedAt.monotonicMs;
      const result = await this.#options.probe(signal);
      // The answer is about one of two tokens, and nobody knows which.
      if (token !== this.#options.currentToken()) this.probeSoon(0);
      else this.#take(result, token, startedAt);
    }
  }

  #take(result: ProbeResult, token: string, startedAt: Instant): void {
    const count = result.kind === this.#last.kind ? this.#last.count + 1 : 1;
    this.#isBroughtForward &&= result.kind === 'unreachable';
    const isRecovered = result.kind === 'good' && this.#last.kind !== 'refused' && count === 1;
    this.#last = { kind: result.kind, count: isRecovered ? settledCount : count };
    if (
      result.kind !== this.#health.kind &&
      result.kind !== 'throttled' &&
      !this.#isDoubtful(result, count)
    ) {
      this.#health =
        result.kind === 'good' ? result : { kind: result.kind, reason: result.reason, since: startedAt };
      this.#emitter.emit('health', this.#health);
    }
    this.#emitter.emit('probed', { result, token, startedAt, count });
  }

  /** One answer that did not come in time may be a busy server's, or our own: it takes a second one. */
  #isDoubtful({ kind }: ProbeResult, count: number): boolean {
    return kind === 'unreachable' && this.#health.kind === 'good' && count === 1;
  }
}
