/**
 * Tasks that Temporal handed out to polls that nobody waits for: their workers had left, or their connections were silent. Each goes to another poll of
 * its queue: one that is at Temporal now, or else the next one. Bounded in number, bytes and age.
 */
import type { Clock } from '@worker-auth/internal';
import { Fields } from '@worker-auth/calls/delivery/protobuf';
import { type Answer, grpcStatus, messageOfAnswer } from './exchange.ts';
import type { PollQueue } from './request.ts';
import { readTasks, taskTokenField } from './wire.ts';

interface Spare {
  /** See {@link PollQueue.key}. */
  readonly key: string;
  readonly answer: Answer;
  readonly endMs: number;
}

/** So many are kept, and so many bytes of them. */
const most = { tasks: 1_000, bytes: 16_777_216 };

/** How long Temporal waits for a workflow task or a Nexus task, about, in ms. An activity has its own time-outs. */
const keptMs = 10_000;

export class SpareTasks {
  readonly #clock: Clock;
  readonly #kept = new Set<Spare>();
  readonly #polls = new Map<string, Set<(answer: Answer) => boolean>>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Temporal has answered a poll, and nobody waits for that. */
  keep({ key, isOfActivities }: PollQueue, answer: Answer): void {
    if (answer.status !== grpcStatus.ok) return;
    const message = messageOfAnswer(answer);
    if (!new Fields(message).isSet(taskTokenField)) return;
    for (const take of this.#polls.get(key) ?? []) if (take(answer)) return;
    const [activity] = isOfActivities ? readTasks(message) : [];
    const { startToCloseTimeoutMs: wholeMs = keptMs, heartbeatTimeoutMs: beatMs = 0 } = activity ?? {};
    const forMs = Math.min(wholeMs || Infinity, beatMs || Infinity);
    this.#kept.add({ key, answer, endMs: this.#clock.monotonicNow() + forMs });
    this.#bytes += answer.body.length;
    for (const oldest of this.#kept) {
      if (this.#kept.size <= most.tasks && this.#bytes <= most.bytes) break;
      this.#forget(oldest);
    }
  }

  /** One for a poll. */
  take({ key }: PollQueue): Answer | undefined {
    const nowMs = this.#clock.monotonicNow();
    for (const spare of this.#kept) {
      if (spare.endMs > nowMs && spare.key !== key) continue;
      this.#forget(spare);
      if (spare.endMs > nowMs) return spare.answer;
    }
    return undefined;
  }

  /** A poll is at Temporal, and may take another task. Returns what ends that. @param take whether it has taken it */
  offer({ key }: PollQueue, take: (answer: Answer) => boolean): () => void {
    const polls = this.#polls.get(key) ?? new Set();
    this.#polls.set(key, polls.add(take));
    return () => {
      polls.delete(take);
      if (polls.size === 0 && this.#polls.get(key) === polls) this.#polls.delete(key);
    };
  }

  #forget(spare: Spare): void {
    if (this.#kept.delete(spare)) this.#bytes -= spare.answer.body.length;
  }
}
