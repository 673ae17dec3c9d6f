/**
 * What is wrong, worked out once: log, health, probes, metrics and alerts read it here. A condition is *raised* and *cleared* by the part that sees it;
 * this decides whether it is shown.
 *
 * A condition is not shown beside its cause. One that can be a consequence is held for 2 s, since its cause may be seen later. Raised already, it is
 * taken back when its cause comes, and has the line about its end with that. After the end of its cause it has 15 s to end too, and what it cost
 * stands in the line about that end.
 */
import type { Logger } from '../temporal.ts';
import { type Clock, elapsedMs, type Instant, readInstant, type Timer } from '@worker-auth/internal';
import { type Condition, type ConditionCode, conditionKinds, type ConditionScope } from './codes.ts';
import { runbookUrl } from './runbook.ts';
import { keyOf, overlaps } from './scope.ts';

interface Raised {
  readonly scope?: ConditionScope;
  readonly cause: string;
  /** Until the next attempt, in ms. */
  readonly retryInMs?: number | undefined;
}

/** What becomes of activity results that were not accepted at once. */
export type ResultEnding = 'delivered' | 'gone' | 'abandoned';

interface Entry {
  readonly code: ConditionCode;
  readonly scope: ConditionScope;
  readonly since: Instant;
  /** What had become of results when it began. */
  readonly results: Readonly<Record<ResultEnding, number>>;
  /** `held`: it may be a consequence. `ended`: what its consequences cost is not known yet. */
  state: 'held' | 'raised' | 'ended';
  /** What had a line has one when it ends. */
  isShown?: boolean;
  cause: string;
  lastAt: string;
  nextAttemptAt: string | undefined;
  endedAfterMs?: number;
  timer?: Timer;
}

/** How long a possible consequence is held, in ms: at first, and from the end of its cause on; and what comes again within that time. */
const heldMs = { first: 2_000, afterCause: 15_000, again: 10_000 };

/** How often the log says that a condition goes on, in ms. */
const reminderMs = 300_000;

export class Conditions {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #results = { delivered: 0, gone: 0, abandoned: 0 };
  readonly #endedMs = new Map<string, number>();
  #isStopped = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Those that are shown, the oldest first. */
  get list(): readonly Condition[] {
    const shown = this.#all.filter(({ state }) => state === 'raised');
    return shown.map(({ code, scope, cause, since: { wallMs }, lastAt, nextAttemptAt }) => {
      const { severity, remedy } = conditionKinds[code];
      return { code, severity, cause, scope, since: iso(wallMs), lastAt, nextAttemptAt, remedy };
    });
  }

  /** It is so, or still so. */
  raise(code: ConditionCode, { scope = {}, cause, retryInMs }: Raised): void {
    if (this.#isStopped) return;
    const now = readInstant(this.#clock);
    const nextAttemptAt = retryInMs === undefined ? undefined : iso(now.wallMs + retryInMs);
    const seen = { cause, lastAt: iso(now.wallMs), nextAttemptAt };
    const key = keyOf(code, scope);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      Object.assign(known, seen);
      if (known.state === 'ended') this.#goOn(known);
      return;
    }
    const entry: Entry = { code, scope, since: now, results: { ...this.#results }, state: 'held', ...seen };
    this.#entries.set(key, entry);
    for (const other of this.#consequencesOf(entry))
      if (other.state === 'raised') {
        other.state = 'held';
        other.timer?.cancel();
      }
    const isAgain = now.monotonicMs - (this.#endedMs.get(key) ?? -Infinity) < heldMs.again;
    if (isAgain) this.#showAfter(entry, heldMs.again);
    else if (conditionKinds[code].consequenceOf === undefined) this.#show(entry);
    else this.#showAfter(entry, heldMs.first);
  }

  /** It has ended. */
  clear(code: ConditionCode, scope: ConditionScope = {}): void {
    // As a rule: it is called with each accepted result.
    if (this.#entries.size === 0) return;
    const key = keyOf(code, scope);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.state === 'ended') return;
    entry.timer?.cancel();
    entry.endedAfterMs = elapsedMs(this.#clock, entry.since);
    if (!entry.isShown) this.#entries.delete(key);
    if (entry.isShown || this.#endedMs.has(key)) this.#noteEnd(key);
    entry.state = 'ended';
    this.#ended(entry);
  }

  #noteEnd(key: string): void {
    const nowMs = this.#clock.monotonicNow();
    this.#endedMs.delete(key);
    this.#endedMs.set(key, nowMs);
    for (const [other, endedMs] of this.#endedMs) {
      if (nowMs - endedMs < heldMs.again) return;
      this.#endedMs.delete(other);
    }
  }

  /** Nobody sees any more whether it is so. */
  forget(scope: ConditionScope): void {
    for (const [key, entry] of this.#entries) {
      if (key !== keyOf(entry.code, scope)) continue;
      entry.timer?.cancel();
      this.#entries.delete(key);
      this.#ended(entry);
    }
  }

  /** Whether no line is to come that has the number of results. */
  get isQuiet(): boolean {
    return this.#all.every(({ state }) => state === 'held');
  }

  /** A result has ended that was not accepted at once. */
  count(ending: ResultEnding): void {
    this.#results[ending]++;
  }

  /** Whether it is shown, and has been so for a while, in ms. */
  has(code: ConditionCode, forMs = 0): boolean {
    const isOld = ({ since }: Entry): boolean => elapsedMs(this.#clock, since) >= forMs;
    return this.#all.some((entry) => entry.code === code && entry.state === 'raised' && isOld(entry));
  }

  /** Ends it for good, without a word. */
  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#entries.clear();
  }

  get #all(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** What it brought about has its time to end too. */
  #ended(entry: Entry): void {
    for (const other of this.#consequencesOf(entry))
      if (other.state === 'held' && !this.#isCaused(other)) this.#showAfter(other, heldMs.afterCause);
    this.#logEnds();
  }

  #showAfter(entry: Entry, delayMs: number): void {
    entry.timer?.cancel();
    entry.timer = this.#clock.startTimer(() => {
      if (!this.#isCaused(entry)) this.#show(entry);
      this.#logEnds();
    }, delayMs);
  }

  #show(entry: Entry): void {
    const { code, scope, cause } = entry;
    this.#goOn(entry);
    const text = /[.!?]$/.test(cause) ? cause : `${cause}.`;
    this.#write(entry, `: ${text} See ${runbookUrl(code)}`, scope);
  }

  #goOn(entry: Entry): void {
    entry.state = 'raised';
    entry.isShown = true;
    entry.timer = this.#clock.startTimer(() => {
      this.#goOn(entry);
      const seconds = Math.round(elapsedMs(this.#clock, entry.since) / 1_000);
      const fields = { ...entry.scope, ...this.#resultsSince(entry) };
      this.#write(entry, `, for ${seconds} s so far: ${entry.cause}`, fields);
    }, reminderMs);
  }

  #write({ code, nextAttemptAt }: Entry, text: string, fields: object): void {
    const { meaning, severity } = conditionKinds[code];
    const line = `${meaning}${text}`;
    const meta = { code, severity, nextAttemptAt, ...fields };
    if (severity === 'critical') this.#logger.error(line, meta);
    else this.#logger.warn(line, meta);
  }

  #resultsSince({ results: { delivered, gone, abandoned } }: Entry): Entry['results'] {
    const now = this.#results;
    return {
      delivered: now.delivered - delivered,
      gone: now.gone - gone,
      abandoned: now.abandoned - abandoned,
    };
  }

  /** Of those that ended, once what they may have brought about has ended, or is shown by itself. */
  #logEnds(): void {
    const open = this.#all.filter((other) => other.state === 'held' && !this.#isCaused(other));
    for (const [key, entry] of this.#entries) {
      if (entry.state !== 'ended') continue;
      if (open.some((other) => overlaps(entry.scope, other.scope))) continue;
      this.#entries.delete(key);
      const { code, scope, endedAfterMs = 0 } = entry;
      const meta = { code, ...scope, ...this.#resultsSince(entry) };
      const seconds = Math.round(endedAfterMs / 1_000);
      this.#logger.info(`Ended after ${seconds} s: ${conditionKinds[code].meaning}`, meta);
    }
  }

  #consequencesOf(cause: Entry): readonly Entry[] {
    return this.#all.filter((entry) => isConsequence(entry, cause));
  }

  #isCaused(entry: Entry): boolean {
    return this.#all.some((cause) => cause.state !== 'ended' && isConsequence(entry, cause));
  }
}

function isConsequence(entry: Entry, cause: Entry): boolean {
  const { consequenceOf = [] } = conditionKinds[entry.code];
  return consequenceOf.includes(cause.code) && overlaps(entry.scope, cause.scope);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
