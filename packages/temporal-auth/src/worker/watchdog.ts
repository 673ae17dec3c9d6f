import { type Clock, type Instant, readInstant } from '@worker-auth/inlined';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenSource } from '@worker-auth/token-manager';
import { RefusedTokens } from '../connection/refused-tokens.ts';
import { Alarm } from './alarm.ts';
import type { Probe, ProbeAnswer } from './probe.ts';
import { defaultProbePace, idleWait, type ProbePace, soonWait, troubledWait } from './probe-pace.ts';
import type { TokenHealth } from './told-states.ts';

/** One probe that was answered. */
export interface ProbeEvent {
  readonly answer: ProbeAnswer;
  /** The token that it was made with. */
  readonly token: string;
  /** When it began. */
  readonly startedAt: Instant;
}

/** What a {@link Watchdog} tells of. */
export interface WatchdogEvents {
  /** What is known has changed. */
  readonly health: TokenHealth;
  readonly probed: ProbeEvent;
  /** Another token was asked for in place of a refused one, and could not be had. */
  readonly refreshFailed: unknown;
}

/** What a {@link Watchdog} watches, and how often. */
export interface WatchdogOptions {
  readonly probe: Probe;
  /** The token that the connection sends now. */
  readonly heldToken: () => string;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
  readonly pace?: Partial<ProbePace>;
}

/**
 * Asks Temporal again and again whether it takes the token of one native connection, and sees to another token when it does not. A refused
 * token that is itself new is given time, since a server may not know its signing key yet.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #pace: ProbePace;
  readonly #random: () => number;
  readonly #alarm: Alarm;
  readonly #emitter = new Emitter<WatchdogEvents>();
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #health: TokenHealth = { kind: 'unknown' };
  #troubles = 0;
  /** When the last probe began, by the monotonic clock. */
  #lastMs = -Infinity;
  /** The token that there was last in place of a refused one. */
  #another: string | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#pace = { ...defaultProbePace, ...options.pace };
    this.#random = options.random ?? Math.random;
    this.#alarm = new Alarm(options.clock);
  }

  /** Begins to probe, at once. Does nothing when it watches already, or was stopped. */
  start(): void {
    this.#running ??= this.#watch(this.#ending.signal);
  }

  /** Ends it for good; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get health(): TokenHealth {
    return this.#health;
  }

  /** Whether the token is known to be bad: refused, out of reach of those who decide, or beyond its life by our own clock. */
  get isBad(): boolean {
    const { kind } = this.#health;
    return kind === 'refused' || kind === 'unreachable' || this.#options.tokens.peek() === undefined;
  }

  /** The token that the connection sends now. */
  get heldToken(): string {
    return this.#options.heldToken();
  }

  on<K extends keyof WatchdogEvents>(name: K, listener: (event: WatchdogEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Something happened that only a probe can tell the truth about. */
  probeSoon(withinMs?: number): void {
    const sinceLastMs = this.#options.clock.monotonicNow() - this.#lastMs;
    this.#alarm.ringWithin(withinMs ?? soonWait(this.#pace, sinceLastMs));
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { tokens, clock } = this.#options;
    const probeSoon = (): void => {
      this.probeSoon();
    };
    const ends = [tokens.subscribe(probeSoon), RefusedTokens.of(tokens, clock).onRefused(probeSoon)];
    await this.#probeUntilAborted(signal).catch(() => undefined);
    for (const end of ends) end();
  }

  async #probeUntilAborted(signal: AbortSignal): Promise<never> {
    for (let waitMs = 0; ; waitMs = this.#nextWait()) {
      await this.#alarm.wait(waitMs, signal);
      const token = this.heldToken;
      const startedAt = readInstant(this.#options.clock);
      this.#lastMs = startedAt.monotonicMs;
      const answer = await this.#options.probe(signal);
      // The answer is about one of two tokens, and nobody knows which.
      if (token !== this.heldToken) this.probeSoon(0);
      else this.#take({ answer, token, startedAt });
    }
  }

  #take(event: ProbeEvent): void {
    const { answer, token, startedAt } = event;
    this.#troubles = answer.kind === 'good' ? 0 : this.#troubles + 1;
    if (answer.kind !== this.#health.kind && !this.#isDoubtful(answer)) {
      this.#health = answer.kind === 'good' ? answer : { ...answer, since: startedAt };
      this.#emitter.emit('health', this.#health);
    }
    if (answer.kind === 'refused') this.#askForAnother(token);
    this.#emitter.emit('probed', event);
  }

  /** One answer that did not come in time may be a busy server's, or our own: it takes a second one. */
  #isDoubtful({ kind }: ProbeAnswer): boolean {
    return kind === 'unreachable' && this.#health.kind === 'good' && this.#troubles === 1;
  }

  /**
   * The next refused probe asks again, when this fails or when it is too early: the source answers by its own backoff, and new tokens that
   * are refused too are replaced less and less often.
   */
  #askForAnother(token: string): void {
    const { tokens, clock } = this.#options;
    const another = RefusedTokens.of(tokens, clock).another(token);
    another?.then(
      (next) => {
        // The same as the last time is no progress: the connection does not take it.
        if (next !== this.#another) this.probeSoon(0);
        this.#another = next;
      },
      (error: unknown) => {
        if (!this.#ending.signal.aborted) this.#emitter.emit('refreshFailed', error);
      },
    );
  }

  #nextWait(): number {
    return this.#troubles === 0
      ? idleWait(this.#pace, this.#random)
      : troubledWait(this.#pace, this.#troubles, this.#random);
  }
}
