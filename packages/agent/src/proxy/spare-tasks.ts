/**
 * Tasks that Temporal handed out to polls that nobody waits for: their workers had left, or their connections were silent. Each goes to another poll of
 * its queue: one that is at Temporal now, or else the next one. Bounded in number, bytes and age.
 */
import type { Clock } from '@worker-auth/internal';
import type { Caller } from './caller.ts';
import { type Answer, grpcStatus } from './exchange.ts';
import { methodOf } from './methods.ts';
import { isSet, maxMessageBytes, messageOf, readTasks, taskTokenField, versionedQueueOf } from './wire.ts';

interface Spare {
  readonly queue: string;
  readonly answer: Answer;
  readonly endMs: number;
}

/** So many are kept, and so many bytes of them. */
const most = { tasks: 1_000, bytes: 16_777_216 };

/** How long Temporal waits for a workflow task or a Nexus task, about, in ms. An activity has its own time-outs. */
const keptMs = 10_000;

/** The tasks of one queue, for one of its polls. */
export interface QueueTasks {
  /** Temporal has answered the poll, and nobody waits for that. */
  readonly keep: (answer: Answer) => void;
  /** One for the poll. */
  take(): Answer | undefined;
  /** The poll is at Temporal, and may take another task. Returns what ends that. @param take whether it has taken it */
  offer(take: (answer: Answer) => boolean): () => void;
}

export class SpareTasks {
  readonly #clock: Clock;
  readonly #kept = new Set<Spare>();
  readonly #polls = new Map<string, Set<(answer: Answer) => boolean>>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of({ namespace, path, body }: Caller): QueueTasks {
    const method = methodOf(path);
    const queue = `${method} ${namespace} ${versionedQueueOf(messageOf(body), method === 'PollNexusTaskQueue')}`;
    const isActivity = method === 'PollActivityTaskQueue';
    return {
      keep: this.#keep.bind(this, queue, isActivity),
      take: this.#take.bind(this, queue),
      offer: this.#offer.bind(this, queue),
    };
  }

  #keep(queue: string, isActivity: boolean, answer: Answer): void {
    const message = messageOf(answer.body, maxMessageBytes);
    if (answer.status !== grpcStatus.ok || !isSet(message, taskTokenField)) return;
    for (const take of this.#polls.get(queue) ?? []) if (take(answer)) return;
    const [activity] = isActivity ? readTasks(message) : [];
    const { startToCloseTimeoutMs: wholeMs = keptMs, heartbeatTimeoutMs: beatMs = 0 } = activity ?? {};
    const forMs = Math.min(wholeMs || Infinity, beatMs || Infinity);
    this.#kept.add({ queue, answer, endMs: this.#clock.monotonicNow() + forMs });
    this.#bytes += answer.body.length;
    for (const oldest of this.#kept) {
      if (this.#kept.size <= most.tasks && this.#bytes <= most.bytes) break;
      this.#forget(oldest);
    }
  }

  #take(queue: string): Answer | undefined {
    const nowMs = this.#clock.monotonicNow();
    for (const spare of this.#kept) {
      if (spare.endMs > nowMs && spare.queue !== queue) continue;
      this.#forget(spare);
      if (spare.endMs > nowMs) return spare.answer;
    }
    return undefined;
  }

  #offer(queue: string, take: (answer: Answer) => boolean): () => void {
    const polls = this.#polls.get(queue) ?? new Set();
    this.#polls.set(queue, polls.add(take));
    return () => {
      polls.delete(take);
      if (polls.size === 0 && this.#polls.get(queue) === polls) this.#polls.delete(queue);
    };
  }

  #forget(spare: Spare): void {
    if (this.#kept.delete(spare)) this.#bytes -= spare.answer.body.length;
  }
}
