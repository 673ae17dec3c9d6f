import type { Clock } from '@worker-auth/internal';

/** Without an answer for so long a call is silent, in ms. */
export const silentMs = 5_000;

/** How long the answers of a connection that is doubted, and of a new one, are waited for, in ms. */
export const comparedMs = 1_500;

/** How long a new one may take to open, in ms. */
export const openMs = 5_000;

/** A message of so many bytes needs no time of its own on any link. */
const smallBytes = 65_536;

/** What a slow link carries, in bytes each ms. */
const slowBytesPerMs = 64;

/** The most that a large message adds to the wait for its answer, in ms: Temporal's Core waits 30 s in all. */
const maxExtraMs = 25_000;

/** How long after one another other connections are tried, in ms; the last wait is repeated. */
const triesApartMs = [0, 1_000, 4_000, 60_000] as const;

/** After so long without a try, in ms, they are tried as at first. */
const forgivenMs = 600_000;

/** What a call says of a connection; `undefined`: no answer. */
export type Verdict = 'good' | 'rejected' | 'throttled' | 'unreachable' | undefined;

const ill: readonly Verdict[] = ['rejected', undefined];

/** So much longer than to others is an answer to a message of so many bytes waited for, in ms: they may be on their way. */
export function extraMs(bytes: number): number {
  return Math.min(maxExtraMs, Math.max(0, bytes - smallBytes) / slowBytesPerMs);
}

/** Whether a verdict calls for another connection. */
export function isIll(verdict: Verdict): boolean {
  return ill.includes(verdict);
}

/**
 * Judges whether one connection is to blame, for workers, clients and the proxy alike. It is replaced where another gains what it lacks, and nothing is lost.
 * One on which others are answered, or on which a large message may be under way, is not silent. Another one is tried three times in the first minute, then once
 * a minute.
 */
export class ConnectionJudge {
  readonly #clock: Clock;
  /** By when each large message that has no answer is to have one. */
  readonly #dueMs = new Map<object, number>();
  #heardMs = -Infinity;
  #count = 0;
  #lastMs = -Infinity;
  #deniedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A call was answered. */
  heard(): void {
    this.#heardMs = this.#clock.monotonicNow();
  }

  /** A call with so many bytes is under way, until it has ended. */
  sent(call: object, bytes: number): void {
    if (bytes > smallBytes) this.#dueMs.set(call, this.#clock.monotonicNow() + silentMs + extraMs(bytes));
  }

  ended(call: object): void {
    this.#dueMs.delete(call);
  }

  /** Another connection has taken the place of the one before. */
  replaced(): void {
    this.#dueMs.clear();
    this.#heardMs = -Infinity;
  }

  /** Until a call that has no answer may be the fault of the connection, in ms; 0 or less: it may be. */
  get silentInMs(): number {
    return Math.max(this.#heardMs + silentMs, ...this.#dueMs.values()) - this.#clock.monotonicNow();
  }

  get isSilent(): boolean {
    return this.silentInMs <= 0;
  }

  /** What a call without an answer says. */
  get unanswered(): Verdict {
    return this.isSilent ? undefined : 'unreachable';
  }

  /** Whether it is time for a try. For those that lack a permission it is each ten minutes, so that they leave the others theirs. */
  mayTry(isDenied = false): boolean {
    const nowMs = this.#clock.monotonicNow();
    const isForgiven = nowMs - this.#lastMs > forgivenMs;
    if (!isForgiven && nowMs - this.#lastMs < (triesApartMs[this.#count] ?? triesApartMs[3])) return false;
    if (isDenied && nowMs - this.#deniedMs <= forgivenMs) return false;
    if (isDenied) this.#deniedMs = nowMs;
    this.#count = isForgiven ? 1 : this.#count + 1;
    this.#lastMs = nowMs;
    return true;
  }
}

/** Of verdicts on one connection and on another, at one time: what the first says where the other is better; `undefined` where it is not. */
export function gainOf(said: readonly (readonly [Verdict, Verdict])[]): 'silent' | 'rejected' | undefined {
  if (said.some(([before, after]) => before === 'good' && after !== 'good')) return undefined;
  const gains = said.find(([before, after]) => isIll(before) && after === 'good');
  return gains && (gains[0] === undefined ? 'silent' : 'rejected');
}
