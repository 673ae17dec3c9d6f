/**
 * What is wrong, worked out once: log, health, probes, metrics and alerts read it here. A condition is *raised* and *cleared* by whoever sees it; this
 * decides whether it is shown.
 *
 * A condition that has a cause among the others is shown when none of these is there. One that can be a consequence is held for 2 s, since its cause
 * may be seen later; raised already, it is taken back without a word when its cause comes. After the end of its cause it has 15 s to end too, and what
 * it cost stands in the line about that end.
 */
import type { Logger } from '@temporalio/common';
import { type Clock, elapsedMs, type Instant, readInstant, type Timer } from '@worker-auth/internal';
import { type Condition, type ConditionCode, type ConditionScope, kindOf } from './codes.ts';
import { runbookUrl } from './runbook.ts';

export interface Raised {
  readonly scope?: ConditionScope;
  readonly cause: string;
  /** Until the next attempt, in ms. */
  readonly retryInMs?: number | undefined;
}

/** What becomes of activity results that were not accepted at once. */
export type ResultEnding = 'delivered' | 'gone' | 'abandoned';

interface Entry extends Required<Pick<Raised, 'scope'>> {
  readonly code: ConditionCode;
  readonly since: Instant;
  /** What had become of results when it began. */
  readonly results: Readonly<Record<ResultEnding, number>>;
  /** `held`: it may be a consequence. `ended`: what its consequences cost is not known yet. */
  state: 'held' | 'raised' | 'ended';
  cause: string;
  lastMs: number;
  nextMs: number | undefined;
  endedAfterMs: number;
  timer: Timer | undefined;
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
    const iso = (ms: number): string => new Date(ms).toISOString();
    return this.#all
      .filter(({ state }) => state === 'raised')
      .map(({ code, scope, cause, since, lastMs, nextMs }) => ({
        ...{ code, severity: kindOf(code).severity, cause, scope, since: iso(since.wallMs) },
        lastAt: iso(lastMs),
        nextAttemptAt: nextMs === undefined ? undefined : iso(nextMs),
        remedy: kindOf(code).remedy,
      }));
  }

  /** It is so, or still so. */
  raise(code: ConditionCode, { scope = {}, cause, retryInMs }: Raised): void {
    if (this.#isStopped) return;
    const now = readInstant(this.#clock);
    const key = keyOf(code, scope);
    const known = this.#entries.get(key);
    const entry: Entry = known ?? {
      ...{ code, scope, cause, since: now, results: { ...this.#results }, state: 'held' },
      ...{ lastMs: 0, nextMs: undefined, endedAfterMs: 0, timer: undefined },
    };
    entry.cause = cause;
    entry.lastMs = now.wallMs;
    entry.nextMs = retryInMs === undefined ? undefined : now.wallMs + retryInMs;
    if (known?.state === 'ended') this.#goOn(entry);
    if (known !== undefined) return;
    this.#entries.set(key, entry);
    for (const other of this.#consequencesOf(entry))
      if (other.state === 'raised') {
        other.state = 'held';
        other.timer?.cancel();
      }
    const isAgain = now.monotonicMs - (this.#endedMs.get(key) ?? -Infinity) < heldMs.again;
    if (isAgain) this.#showAfter(entry, heldMs.again);
    else if (kindOf(code).consequenceOf.length === 0) this.#show(entry);
    else this.#showAfter(entry, heldMs.first);
  }

  /** It is over. */
  clear(code: ConditionCode, scope: ConditionScope = {}): void {
    // As a rule: it is called with each accepted result.
    if (this.#entries.size === 0) return;
    const key = keyOf(code, scope);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.state === 'ended') return;
    entry.timer?.cancel();
    entry.endedAfterMs = elapsedMs(this.#clock, entry.since);
    if (entry.state === 'held') this.#entries.delete(key);
    if (entry.state === 'raised' || this.#endedMs.has(key))
      this.#endedMs.set(key, this.#clock.monotonicNow());
    entry.state = 'ended';
    this.#ended(entry);
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
    this.#write(entry, `${kindOf(code).meaning}: ${sentence(cause)} See ${runbookUrl(code)}`, scope);
  }

  #goOn(entry: Entry): void {
    entry.state = 'raised';
    entry.timer = this.#clock.startTimer(() => {
      const { code, scope, cause } = entry;
      this.#goOn(entry);
      const text = `${kindOf(code).meaning}, for ${this.#seconds(entry)} s so far: ${cause}`;
      this.#write(entry, text, { ...scope, ...this.#resultsSince(entry) });
    }, reminderMs);
  }

  #write({ code, nextMs }: Entry, text: string, fields: object): void {
    const { severity } = kindOf(code);
    const nextAttemptAt = nextMs === undefined ? undefined : new Date(nextMs).toISOString();
    const meta = { code, severity, nextAttemptAt, ...fields };
    if (severity === 'critical') this.#logger.error(text, meta);
    else this.#logger.warn(text, meta);
  }

  #resultsSince({ results }: Entry): Entry['results'] {
    const { delivered, gone, abandoned } = this.#results;
    return {
      delivered: delivered - results.delivered,
      gone: gone - results.gone,
      abandoned: abandoned - results.abandoned,
    };
  }

  #seconds({ since }: Entry): number {
    return Math.round(elapsedMs(this.#clock, since) / 1_000);
  }

  /** Of those that ended, once what they may have brought about has ended, or is shown by itself. */
  #logEnds(): void {
    const isOpen = (other: Entry): boolean => other.state === 'held' && !this.#isCaused(other);
    for (const [key, entry] of this.#entries) {
      if (entry.state !== 'ended') continue;
      if (this.#all.some((other) => isOpen(other) && overlaps(entry.scope, other.scope))) continue;
      this.#entries.delete(key);
      const { code, scope, endedAfterMs } = entry;
      const meta = { code, ...scope, ...this.#resultsSince(entry) };
      this.#logger.info(`Ended after ${Math.round(endedAfterMs / 1_000)} s: ${kindOf(code).meaning}`, meta);
    }
  }

  #consequencesOf({ code, scope }: Entry): readonly Entry[] {
    const isOne = (other: Entry): boolean => kindOf(other.code).consequenceOf.includes(code);
    return this.#all.filter((other) => isOne(other) && overlaps(scope, other.scope));
  }

  #isCaused({ code, scope }: Entry): boolean {
    const { consequenceOf } = kindOf(code);
    const isCause = (other: Entry): boolean => other.state !== 'ended' && consequenceOf.includes(other.code);
    return this.#all.some((other) => isCause(other) && overlaps(scope, other.scope));
  }
}

function keyOf(code: ConditionCode, scope: ConditionScope): string {
  return `${code} ${JSON.stringify(scope)}`;
}

/** Whether two scopes may be about the same: one says nothing that the other says otherwise. */
function overlaps(one: ConditionScope, other: ConditionScope): boolean {
  return Object.entries(one).every(
    ([name, value]) => value === undefined || other[name] === undefined || other[name] === value,
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
