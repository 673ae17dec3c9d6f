import {
  elapsedMs,
  inOwnContext,
  type Instant,
  readInstant,
  type Timer,
  WakeableTimer,
} from '@worker-auth/internal';
import type { ConditionScope } from '@worker-auth/calls/conditions/codes';
import type { ProbeResultKind } from '@worker-auth/calls/conditions/worker-events';
import type { Probe, ProbeResult } from '../connection/probe.ts';
import type { ConnectionReplacer } from './connection-replacer.ts';
import type { ProbedConnection } from './probed-connection.ts';
import type { TokenHealth } from '@worker-auth/calls/conditions/worker-health';

/** How long nothing may be answered before Temporal counts as unreachable, in ms: so long does Temporal's Core wait for an answer. */
const silentMs = 30_000;

/** While all is well, on average, in ms: each wait is up to an eighth shorter or longer, at random. Costs 500 calls a second for 10,000 idle workers. */
const idleMs = 20_000;

/** How soon after something about which only a probe says the truth, such as a rejected call, in ms; but so long after the probe before. */
const soon = { waitMs: 50, apartMs: 2_000 };

/** How long after the last accepted result of an activity, in ms: a busy worker whose calls are lost without a word falls silent first. */
const silenceMs = 5_000;

/**
 * They grow with each result of the same kind. After a rejection the next ones are soon: a token that is revoked once may be revoked again. Core
 * repeats by itself a call that is throttled or has no answer, the latter ten times in ten seconds, with lines in the log: these waits are long. So is
 * that for a permission, which no token brings: Core waits as long before it repeats a rejected poll.
 */
const afterKind = {
  good: { firstMs: 1_000, factor: 2, maxMs: Infinity, code: undefined },
  rejected: { firstMs: 500, factor: 2, maxMs: 3_000, code: 'TEMPORAL_REJECTS_TOKEN' },
  denied: { firstMs: 500, factor: 2, maxMs: 10_000, code: 'PERMISSION_MISSING' },
  unreachable: { firstMs: 1_000, factor: 4, maxMs: 60_000, code: 'TEMPORAL_UNREACHABLE' },
  throttled: { firstMs: 180_000, factor: 2, maxMs: 300_000, code: 'TEMPORAL_THROTTLES' },
} as const;

const codes = Object.values(afterKind).flatMap(({ code }) => code ?? []);

/** How long Core repeats a call that fails, in ms. */
const repeatedMs = 10_000;

/** Results in a row before a wait is the idle one: nothing is wrong at the start. */
const settledCount = 6;

/** Asks Temporal again and again whether it accepts the token of one connection in one namespace. */
export class TokenMonitor {
  health: TokenHealth = { kind: 'unknown', wasAccepted: false };
  readonly #place: ProbedConnection;
  readonly #replacer: Pick<ConnectionReplacer, 'tryAnother'> | undefined;
  readonly #namespace: string;
  readonly #ask: Probe['ask'];
  readonly #timer: WakeableTimer;
  readonly #ending = new AbortController();
  /** How many probes in a row had a result of this kind. */
  #last: { kind: ProbeResultKind; count: number } = { kind: 'good', count: settledCount };
  /** Before the next probe, in ms. */
  #waitMs = 0;
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
  constructor(
    place: ProbedConnection,
    namespace: string,
    replacer: Pick<ConnectionReplacer, 'tryAnother'> | undefined,
  ) {
    this.#place = place;
    this.#namespace = namespace;
    this.#replacer = replacer;
    this.#ask = place.probe(namespace);
    this.#timer = new WakeableTimer(place.options.clock);
    void inOwnContext(() => this.#probeUntilAborted(this.#ending.signal)).catch(() => undefined);
  }

  stop(): void {
    this.#place.options.conditions.forget(this.#conditionScope);
    this.#ending.abort();
    this.#silence?.cancel();
  }

  /** Something happened about which only a probe says the truth. */
  probeSoon(withinMs?: number): void {
    const apartMs = this.#lastMs + soon.apartMs - this.#place.options.clock.monotonicNow();
    this.#timer.wakeWithin(withinMs ?? Math.max(soon.waitMs, apartMs));
  }

  /** Temporal accepted a call of a worker, with the connection's token. When no other follows for a while, a probe does. */
  accepted(): void {
    if (this.#ending.signal.aborted) return;
    this.#silentSince = undefined;
    const { clock } = this.#place.options;
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
    const { clock } = this.#place.options;
    const leftMs = this.#acceptedMs + silenceMs - clock.monotonicNow();
    this.#silence = leftMs > 0 ? clock.startTimer(this.#onSilence, leftMs) : undefined;
    if (leftMs <= 0 && this.#last.kind === 'good') this.probeSoon();
  };

  async #probeUntilAborted(signal: AbortSignal): Promise<never> {
    const { token: held, options } = this.#place;
    await held.updated();
    for (;;) {
      await this.#timer.wait(this.#waitMs, signal);
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
        // An earlier connection's silence says nothing of the one in its place.
        const isReplaced =
          connection !== held.connection || (await this.#replacer?.tryAnother(this.#namespace, result.late));
        // Another one beside it would add to the load, and to the log of Core.
        if (isReplaced !== true)
          await this.#timer.wait(repeatedMs - elapsedMs(options.clock, startedAt), signal);
      }
    }
  }

  #take(result: ProbeResult, token: string, startedAt: Instant): void {
    const { kind } = result;
    const count = kind === this.#last.kind ? this.#last.count + 1 : 1;
    if (!('late' in result)) this.#silentSince = undefined;
    this.#isBroughtForward &&= kind === 'unreachable';
    const isRecovered = kind === 'good' && this.#last.kind !== 'rejected' && count === 1;
    this.#last = { kind, count: isRecovered ? settledCount : count };
    const { health } = this;
    const isDoubtful = kind === 'unreachable' && this.#isDoubtful('late' in result, startedAt);
    const scope = this.#place.token.scope(this.#namespace);
    const isDenied = kind === 'rejected' && scope.isDenied(startedAt.monotonicMs);
    const pace = isDenied ? 'denied' : kind;
    this.#waitMs = waitAfter(pace, this.#last.count, this.#place.options.random);
    const isNew = kind !== health.kind && kind !== 'throttled' && !isDoubtful;
    if (isNew) this.health = { kind, wasAccepted: health.wasAccepted || kind === 'good' };
    this.#followUp(kind, token, startedAt);
    const isLacking = kind === 'rejected' && scope.lacksPermission(token, startedAt.monotonicMs);
    if (!isDoubtful)
      this.#report(result, afterKind[isLacking ? 'denied' : kind].code, isLacking ? token : undefined);
    if (isNew) this.#place.options.onHealth();
  }

  /** One error may be a busy server's, or our own: it takes a second one. An answer that has not come yet may come. */
  #isDoubtful(isSilent: boolean, startedAt: Instant): boolean {
    if (!isSilent) return this.health.kind === 'good' && this.#last.count === 1;
    this.#silentSince ??= startedAt;
    return elapsedMs(this.#place.options.clock, this.#silentSince) < silentMs;
  }

  #followUp(kind: ProbeResultKind, token: string, startedAt: Instant): void {
    const { token: held, options } = this.#place;
    const { clock, events, certificates, replacement } = options;
    const scope = held.scope(this.#namespace);
    const { monotonicMs: sentMs } = startedAt;
    events.emit('temporalProbed', { result: kind, durationMs: elapsedMs(clock, startedAt) });
    if (kind === 'good') held.accepted(scope, token, sentMs);
    // Core reports nothing of a certificate that no server accepts any more.
    else void certificates?.refreshNow();
    if (kind !== 'rejected') return;
    void held.rejected(scope, token, sentMs).then((isReplaced) => {
      if (isReplaced) this.probeSoon(0);
    });
    // A connection is not to blame for one rejection, nor for a token that is being refreshed.
    if (this.#last.count > 1 && token === replacement.tokens.peek())
      void this.#replacer?.tryAnother(this.#namespace);
  }

  #report(result: ProbeResult, code: (typeof codes)[number] | undefined, lacking?: string): void {
    const { conditions } = this.#place.options;
    const scope = this.#conditionScope;
    if ('reason' in result && code !== undefined) {
      const { reason, error } = result;
      const isKnown = lacking !== undefined && error !== undefined;
      const cause = isKnown ? this.#place.explain(error, this.#namespace, lacking) : reason;
      conditions.raise(code, { scope, cause, retryInMs: this.#waitMs });
    }
    // A throttled call says nothing of the token.
    const ended = result.kind === 'throttled' ? (['TEMPORAL_UNREACHABLE'] as const) : codes;
    for (const other of ended) if (other !== code) conditions.clear(other, scope);
  }

  get #conditionScope(): ConditionScope {
    return { namespace: this.#namespace, address: this.#place.address };
  }
}

/** The wait before the next probe after `count` results of this kind in a row. */
export function waitAfter(kind: keyof typeof afterKind, count: number, random: () => number): number {
  const { firstMs, factor, maxMs } = afterKind[kind];
  const waitMs = Math.min(maxMs, firstMs * factor ** (count - 1));
  if (kind === 'good' && waitMs >= idleMs) return idleMs * (7 / 8 + random() / 4);
  return waitMs * (1 - random() / 2);
}
