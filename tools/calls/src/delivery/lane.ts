import { abortable, type Clock, type Timer } from '@worker-auth/internal';
import { backoffDelay } from '@worker-auth/refresh-scheduler';

/** A call that is made until it is accepted. */
export interface LaneCall {
  readonly bytes: number;
  /** When nobody wants it any more, by the monotonic clock, in ms. */
  readonly endMs: number;
  failures: number;
  /** When it failed last, by the same clock. */
  failedMs: number;
  /** How often it failed though another was accepted since its last failure. */
  alone: number;
}

export function laneCall(bytes: number, endMs: number): LaneCall {
  return { bytes, endMs, failures: 0, failedMs: Infinity, alone: 0 };
}

/** By the failures in a row of a lane, or of a call that fails alone: waits up to so long, in ms. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 2_000 };

/** A call that failed alone so often keeps no other one waiting. */
const maxAlone = 2;

/** Of calls that have waited, so many bytes are under way at a time, or one call. */
const maxBytes = 4_194_304;

const fits = (bytes: number, underWay: number): boolean => underWay === 0 || underWay + bytes <= maxBytes;

/**
 * The calls of one method. While all is well each is made at once. After a failure one of them tries, the *canary*, and the others wait. Once it is
 * accepted they go in waves, each twice as large as the one before. A call that fails while others are accepted waits alone.
 */
export class Lane {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waiting = new Map<LaneCall, () => void>();
  /** Those that have waited. */
  readonly #underWay = new Set<LaneCall>();
  /** So many of them may be under way: none before the next canary, all while all is well. */
  #window = Infinity;
  #failures = 0;
  /** When the call was made whose failure made the others wait. */
  #failedSentMs = -Infinity;
  /** When the last accepted call was made. */
  #acceptedMs = -Infinity;
  #timer: Timer | undefined;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether a call may be made without waiting. */
  get isOpen(): boolean {
    return this.#window === Infinity;
  }

  /** Whether a call that enters now is made at once, such as the first one after all others were abandoned. */
  admits({ bytes }: LaneCall): boolean {
    return this.#waiting.size === 0 && this.#underWay.size < this.#window && fits(bytes, this.#bytes);
  }

  /** Resolves when the call may be made. Throws the signal's reason. */
  async enter(call: LaneCall, signal: AbortSignal): Promise<void> {
    if (this.isOpen) return;
    const turn = new Promise<void>((resolve) => this.#waiting.set(call, resolve));
    this.#release();
    try {
      await abortable(turn, signal);
    } finally {
      this.#waiting.delete(call);
      if (this.#waiting.size === 0) this.wake();
    }
  }

  /** A call that was made at this moment was accepted. */
  accepted(call: LaneCall, sentMs: number): void {
    this.#acceptedMs = Math.max(sentMs, this.#acceptedMs);
    if (!this.isOpen && sentMs >= this.#failedSentMs) {
      this.#failures = 0;
      this.#window = this.#waiting.size === 0 ? Infinity : Math.max(1, this.#window) + 1;
      this.#timer?.cancel();
    }
    this.left(call);
  }

  /** A call that was made at this moment failed. Returns how long it waits before it enters again, in ms. No canary goes before `minMs`. */
  failed(call: LaneCall, sentMs: number, minMs: number): number {
    const nowMs = this.#clock.monotonicNow();
    if (this.#acceptedMs > call.failedMs) call.alone++;
    const isAlone = this.#acceptedMs > sentMs || call.alone >= maxAlone;
    call.failedMs = nowMs;
    call.failures++;
    // Of calls that fail together one says it.
    if (!isAlone && this.#window > 0 && (this.isOpen || this.#underWay.has(call))) {
      this.#failedSentMs = sentMs;
      this.#window = 0;
      this.#timer?.cancel();
      const delayMs = Math.max(minMs, this.#delayMs(++this.#failures));
      this.#timer = this.#clock.startTimer(this.wake.bind(this), delayMs, { keepAlive: true });
    }
    this.left(call);
    return isAlone ? this.#delayMs(call.failures) : 0;
  }

  /** A call is not made any more. */
  left(call: LaneCall): void {
    if (this.#underWay.delete(call) || !this.isOpen) this.#release();
  }

  /** Something has changed, such as the token: the canary waits no longer. */
  wake(): void {
    if (this.#window > 0) return;
    this.#timer?.cancel();
    this.#window = 1;
    this.#release();
  }

  #delayMs(attempt: number): number {
    return backoffDelay({ attempt, leaseRemainingMs: 0 }, backoff, this.#random);
  }

  /** Under way, of those that have waited. */
  get #bytes(): number {
    return Array.from(this.#underWay).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #release(): void {
    let bytes = this.#bytes;
    while (this.#underWay.size < this.#window) {
      const next = this.#next();
      if (next === undefined || !fits(next.bytes, bytes)) return;
      bytes += next.bytes;
      this.#underWay.add(next);
      this.#waiting.get(next)?.();
      this.#waiting.delete(next);
    }
  }

  /** A canary costs little, and is another one each time, as a call may fail alone. Of the rest those go first that end first. */
  #next(): LaneCall | undefined {
    const order = (a: LaneCall, b: LaneCall): number =>
      this.#window === 1 ? a.failures - b.failures || a.bytes - b.bytes : a.endMs - b.endMs;
    let best: LaneCall | undefined;
    for (const call of this.#waiting.keys()) if (best === undefined || order(call, best) < 0) best = call;
    return best;
  }
}
