/**
 * Tasks that Temporal handed out to polls whose workers had left. Each goes to another poll of its queue: one that is at Temporal now, or else the
 * next one. Bounded in number, bytes and age. What belongs to a sticky queue is its worker's own, and ends by itself.
 */
import type { Clock } from '@worker-auth/internal';
import type { Caller } from './caller.ts';
import { type Answer, grpcStatus } from './exchange.ts';
import { methodOf } from './methods.ts';
import { isSet, messageOf, readTasks, sharedQueueOf, taskTokenField } from './wire.ts';

interface Spare {
  readonly queue: string;
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

  /** The worker of the poll has left, and Temporal has answered it. */
  keep(poll: Caller, answer: Answer): void {
    const queue = queueOf(poll);
    const message = messageOf(answer.body);
    if (queue === undefined || answer.status !== grpcStatus.ok || !isSet(message, taskTokenField)) return;
    for (const take of this.#polls.get(queue) ?? []) if (take(answer)) return;
    const [activity] = methodOf(poll.path) === 'PollActivityTaskQueue' ? readTasks(message) : [];
    const { startToCloseTimeoutMs: wholeMs = keptMs, heartbeatTimeoutMs: beatMs = 0 } = activity ?? {};
    const forMs = Math.min(wholeMs || Infinity, beatMs || Infinity);
    this.#kept.add({ queue, answer, endMs: this.#clock.monotonicNow() + forMs });
    this.#bytes += answer.body.length;
    for (const oldest of this.#kept) {
      if (this.#kept.size <= most.tasks && this.#bytes <= most.bytes) break;
      this.#forget(oldest);
    }
  }

  /** One for the poll. */
  take(poll: Caller): Answer | undefined {
    // Polls are not read for nothing.
    const queue = this.#kept.size === 0 ? undefined : queueOf(poll);
    const nowMs = this.#clock.monotonicNow();
    for (const spare of this.#kept) {
      if (spare.endMs > nowMs && spare.queue !== queue) continue;
      this.#forget(spare);
      if (spare.endMs > nowMs) return spare.answer;
    }
    return undefined;
  }

  /** The poll is at Temporal, and may take another task. Returns what ends that. @param take whether it has taken it */
  offer(poll: Caller, take: (answer: Answer) => boolean): () => void {
    const queue = queueOf(poll);
    if (queue === undefined) return () => undefined;
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

/** Which polls may have each other's tasks; `undefined` for none. */
function queueOf({ namespace, path, body }: Caller): string | undefined {
  const method = methodOf(path);
  const queue = sharedQueueOf(messageOf(body), method === 'PollNexusTaskQueue');
  return queue && `${namespace} ${method} ${queue}`;
}
