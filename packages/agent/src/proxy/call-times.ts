/** Until when a call is held, and how much time Temporal has for it. */
import type { Caller } from './caller.ts';
import { type Answer, grpcStatus, undecided } from './exchange.ts';

/** Left of its deadline for the answer on its way to the worker, in ms, and as a share of all. */
const margin = { ms: 500, share: 0.1 };

/** Temporal gets so much less time for a poll than is left, in ms. */
const lessMs = 1_000;

/** A poll that has less is not sent any more, in ms: Temporal rejects one of 2 s. It ends then, so that its worker makes one that can be sent. */
const leastPollMs = 3_000 + lessMs;

/** Temporal's clock may be faster by so much within a call, in ms. */
const clockMs = 50;

export class CallTimes {
  /** When it is held no longer, by the monotonic clock. */
  readonly endMs: number;
  readonly #caller: Caller;
  readonly #isPoll: boolean;

  constructor(caller: Caller, isPoll: boolean) {
    const { timeoutMs = Infinity, deadlineMs } = caller;
    this.endMs = deadlineMs - Math.min(isPoll ? leastPollMs : margin.ms, timeoutMs * margin.share);
    this.#caller = caller;
    this.#isPoll = isPoll;
  }

  /** Left of Temporal's deadline, in ms. A poll that was not sent yet keeps one that is too short for anything else. */
  get leftMs(): number | undefined {
    const { timeoutMs, leftMs } = this.#caller;
    if (timeoutMs === undefined) return undefined;
    return this.#isPoll && timeoutMs >= leastPollMs ? leftMs - lessMs : leftMs;
  }

  /** A poll that was held is not sent when Temporal would hand out a task to nobody. */
  get isTooLate(): boolean {
    const { leftMs, timeoutMs = Infinity } = this.#caller;
    return this.#isPoll && leftMs < Math.min(leastPollMs, timeoutMs - margin.ms);
  }

  /** Whether its deadline ended it, by a reset of its stream maybe, which says nothing of Temporal. */
  isLate({ status, isGrpc }: Answer): boolean {
    if (status === grpcStatus.deadlineExceeded) return !isGrpc;
    return undecided.has(status) && (this.leftMs ?? Infinity) <= clockMs;
  }
}
