import {
  elapsedMs,
  inOwnContext,
  type Instant,
  readInstant,
  type Timer,
  WakeableTimer,
} from '@worker-auth/internal';
import type { Probe, ProbeResult, ProbeResultKind } from '../connection/probe.ts';
import type { MonitoredConnection } from './monitored-connection.ts';
import type { TokenHealth } from './worker-health.ts';

/** How long nothing may be answered before Temporal counts as unreachable, in ms: so long does Temporal's Core wait for an answer. */
const silentMs = 30_000;

/** While all is well, on average, in ms: each wait is up to an eighth shorter or longer, at random. Costs 500 calls a second for 10,000 idle workers. */
const idleMs = 20_000;

/** How soon after something that only a probe can tell the truth about, such as a rejected call, in ms; but so long after the probe before. */
const soon = { waitMs: 50, apartMs: 2_000 };

/** How long after the last accepted result of an activity, in ms: a busy worker whose calls are lost without a word falls silent first. */
const silenceMs = 5_000;

/**
 * They grow with each result of the same kind. After a rejection the next ones are soon: a token that is revoked once may be revoked again. Core
 * repeats by itself a call that is throttled or has no answer, the latter ten times in ten seconds, with lines in the log: these waits are long.
 */
const waits = {
  good: { firstMs: 1_000, factor: 2, maxMs: Infinity },
  rejected: { firstMs: 500, factor: 2, maxMs: 3_000 },
  unreachable: { firstMs: 1_000, factor: 4, maxMs: 60_000 },
  throttled: { firstMs: 180_000, factor: 2, maxMs: 300_000 },
} as const;

/** How long Core repeats a call that fails, in ms. */
const repeatedMs = 10_000;

/** Results in a row before a wait is the idle one: nothing is wrong at the start. */
const settledCount = 6;

/** Asks Temporal again and again whether it accepts the token of one connection in one namespace. */
export class TokenMonitor {
  health: TokenHealth = { kind: 'unknown' };
  readonly #on: MonitoredConnection;
  readonly #namespace: string;
  readonly #ask: Probe['ask'];
  readonly #timer: WakeableTimer;
  readonly #ending = new AbortController();
  /** How many probes in a row had a result of this kind. */
  #last: { kind: ProbeResultKind; count: number } = { kind: 'good', count: settledCount };
  /** When the first of the probes began that have no answer. */
  #silentSince: Instant | undefined;
  /** When the last probe began, by the monotonic clock. */
  #lastMs = -Infinity;
  /** When the last call of a worker was accepted, and the timer that ends the silence after it. */
  #acceptedMs = -Infinity;
  #silence: Timer | undefined;
  /** Whether an accepted call has brought a probe forward since one was answered. */
  #isBroughtForward = false;

  /** Begins to probe as soon as the connection has its token. */
  constructor(on: MonitoredConnection, namespace: string) {
    this.#on = on;
    this.#namespace = namespace;
    this.#ask = on.probe(namespace);
    this.#timer = new WakeableTimer(on.options.clock);
    void inOwnContext(() => this.#probeUntilAborted(this.#ending.signal)).catch(() => undefined);
  }

  stop(): void {
    this.#ending.abort();
    this.#silence?.cancel();
  }

  /** Something happened that only a probe can tell the truth about. */
  probeSoon(withinMs?: number): void {
    const apartMs = this.#lastMs + soon.apartMs - this.#on.options.clock.monotonicNow();
    this.#timer.wakeWithin(withinMs ?? Math.max(soon.waitMs, apartMs));
  }

  /** Temporal accepted a call of a worker, with the connection's token. When no other follows for a while, a probe does. */
  accepted(): void {
    if (this.#ending.signal.aborted) return;
    this.#silentSince = undefined;
    const { clock } = this.#on.options;
    if (this.#last.kind === 'unreachable') {
      // The next probe may be a minute away. Where probes alone are not answered, since they are throttled, it comes as for an idle worker.
      const idleLeftMs = Math.max(0, this.#lastMs + idleMs - clock.monotonicNow());
      this.probeSoon(this.#isBroughtForward ? idleLeftMs : undefined);
      this.#isBroughtForward = true;
    }
    this.#acceptedMs = clock.monotonicNow();
    this.#silence ??= clock.startTimer(this.#onSilence, silenceMs);
  }

  /** One timer for many calls. */
  readonly #onSilence = (): void => {
    const { clock } = this.#on.options;
    const leftMs = this.#acceptedMs + silenceMs - clock.monotonicNow();
    this.#silence = leftMs > 0 ? clock.startTimer(this.#onSilence, leftMs) : undefined;
    if (leftMs <= 0 && this.#last.kind === 'good') this.probeSoon();
  };

  async #probeUntilAborted(signal: AbortSignal): Promise<never> {
    const { token: held, options } = this.#on;
    await held.updated();
    for (let waitMs = 0; ; waitMs = waitAfter(this.#last.kind, this.#last.count, options.random)) {
      await this.#timer.wait(waitMs, signal);
      const { connection, current: token } = held;
      const startedAt = readInstant(options.clock);
      this.#lastMs = startedAt.monotonicMs;
      const isLatest = (): boolean => startedAt.monotonicMs === this.#lastMs;
      const take = (result: ProbeResult): void => {
        signal.throwIfAborted();
        // It is about one of two tokens, and nobody knows which, or about a connection that was replaced.
        if (token !== held.current || connection !== held.connection) this.probeSoon(0);
        else if (isLatest() || this.#last.kind === 'unreachable') this.#take(result, token, startedAt);
      };
      const result = await this.#ask({ connection, signal });
      take(result);
      if ('late' in result) {
        const takeLate = (late: ProbeResult): void => {
          take(late);
          if (isLatest()) this.#timer.wakeWithin(0);
        };
        void result.late.then(takeLate).catch(() => undefined);
        const isReplaced = await this.#on.silent(this.#namespace, result.late);
        // Another one beside it would add to the load, and to the log of Core.
        if (!isReplaced) await this.#timer.wait(repeatedMs - elapsedMs(options.clock, startedAt), signal);
      }
    }
  }

  #take(result: ProbeResult, token: string, startedAt: Instant): void {
    const count = result.kind === this.#last.kind ? this.#last.count + 1 : 1;
    if (!('late' in result)) this.#silentSince = undefined;
    this.#isBroughtForward &&= result.kind === 'unreachable';
    const isRecovered = result.kind === 'good' && this.#last.kind !== 'rejected' && count === 1;
    this.#last = { kind: result.kind, count: isRecovered ? settledCount : count };
    const before = this.health;
    const isDoubtful = result.kind === 'unreachable' && this.#isDoubtful('late' in result, startedAt);
    if (result.kind !== before.kind && result.kind !== 'throttled' && !isDoubtful) {
      this.health = result.kind === 'good' ? result : { ...result, kind: result.kind, since: startedAt };
      this.#logHealth(before);
      this.#on.options.onHealth();
    }
    this.#followUp(result, token, startedAt);
  }

  /** One error may be a busy server's, or our own: it takes a second one. An answer that has not come yet may come. */
  #isDoubtful(isSilent: boolean, startedAt: Instant): boolean {
    if (!isSilent) return this.health.kind === 'good' && this.#last.count === 1;
    this.#silentSince ??= startedAt;
    return elapsedMs(this.#on.options.clock, this.#silentSince) < silentMs;
  }

  #followUp({ kind }: ProbeResult, token: string, startedAt: Instant): void {
    const { token: held, replacer, options } = this.#on;
    const { clock, events, certificates, replacement } = options;
    const scope = held.scope(this.#namespace);
    const { monotonicMs: sentMs } = startedAt;
    events.emit('temporalProbed', { result: kind, durationMs: elapsedMs(clock, startedAt) });
    if (kind === 'good') {
      held.accepted(scope, token, sentMs);
      return;
    }
    // Core reports nothing of a certificate that no server accepts any more.
    void certificates?.refreshNow();
    if (kind !== 'rejected') return;
    void held.rejected(scope, token, sentMs).then((isReplaced) => {
      if (isReplaced) this.probeSoon(0);
    });
    // A connection is not to blame for one rejection, nor for a token that is being refreshed.
    if (this.#last.count > 1 && token === replacement.tokens.peek())
      void replacer?.tryAnother(this.#namespace);
  }

  #logHealth(before: TokenHealth): void {
    const { address, options } = this.#on;
    const { logger, clock, hasTokens } = options;
    const place = { namespace: this.#namespace, address };
    const credential = hasTokens ? 'access token' : 'client certificate';
    if (this.health.kind === 'rejected') {
      logger.warn(`Temporal rejects the ${credential} of the workers: ${this.health.reason}`, place);
    } else if (this.health.kind === 'unreachable') {
      logger.warn(`Temporal does not answer: ${this.health.reason}`, place);
    } else if ('since' in before) {
      const seconds = (elapsedMs(clock, before.since) / 1_000).toFixed(1);
      logger.info(`Temporal accepts the ${credential} of the workers again, after ${seconds} s`, place);
    }
  }
}

/** The wait before the next probe after `count` results of this kind in a row. */
export function waitAfter(kind: ProbeResultKind, count: number, random: () => number): number {
  const { firstMs, factor, maxMs } = waits[kind];
  const waitMs = Math.min(maxMs, firstMs * factor ** (count - 1));
  if (kind === 'good' && waitMs >= idleMs) return idleMs * (7 / 8 + random() / 4);
  return waitMs * (1 - random() / 2);
}
