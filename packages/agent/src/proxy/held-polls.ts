/** Polls that wait here and not at Temporal. The shutdown of their worker ends them, as it would end them there. */
import type { Clock } from '@worker-auth/internal';
import type { Caller } from './caller.ts';
import { identityField, methodOf } from './methods.ts';
import { SpareTasks } from './spare-tasks.ts';
import { messageOf, textOf } from './wire.ts';

/** Field `worker_instance_key` in the request of each poll. */
const instanceField = 8;

/** Fields of `ShutdownWorkerRequest`. */
const shutdownFields = { identity: 3, instance: 6 };

/** So many workers that were shut down are remembered. */
const maxShutDown = 1_000;

/** An instance that is longer is not remembered, in characters: it is a UUID. */
const maxInstanceLength = 1_000;

interface Poller {
  readonly namespace: string;
  readonly identity: string;
  /** Empty for workers of older SDKs. */
  readonly instance: string;
}

export class HeldPolls {
  /** Once it is set, no poll is sent on. */
  isClosing = false;
  readonly spare: SpareTasks;
  readonly #held = new Map<Caller, Poller>();
  /** Instances that do not poll again. */
  readonly #shutDown = new Set<string>();

  constructor(clock: Clock) {
    this.spare = new SpareTasks(clock);
  }

  get size(): number {
    return this.#held.size;
  }

  /** A poll waits. Ends it at once when its worker was shut down. */
  hold(caller: Caller, endMs: number): void {
    const message = messageOf(caller.body);
    const poller = {
      namespace: caller.namespace,
      identity: textOf(message, identityField[methodOf(caller.path)] ?? 3),
      instance: textOf(message, instanceField),
    };
    this.#held.set(caller, poller);
    if (this.#shutDown.has(poller.instance)) caller.over(endMs).abort();
  }

  leave(caller: Caller): void {
    this.#held.delete(caller);
  }

  /** A worker is shut down. Without an instance all of its process go, and those of others poll again. */
  shutDown({ namespace, body, deadlineMs }: Caller): void {
    const message = messageOf(body);
    const identity = textOf(message, shutdownFields.identity);
    const instance = textOf(message, shutdownFields.instance);
    if (instance !== '' && instance.length <= maxInstanceLength) this.#shutDown.add(instance);
    for (const oldest of this.#shutDown) {
      if (this.#shutDown.size <= maxShutDown) break;
      this.#shutDown.delete(oldest);
    }
    for (const [caller, poller] of this.#held) {
      const isSame = instance === '' ? poller.identity === identity : poller.instance === instance;
      if (poller.namespace === namespace && isSame) caller.over(deadlineMs).abort();
    }
  }
}
