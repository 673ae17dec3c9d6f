/** Polls that wait here and not at Temporal. The shutdown of their worker ends them, as it would end them there. */
import type { Clock } from '@worker-auth/internal';
import type { Caller } from './caller.ts';
import { SpareTasks } from './spare-tasks.ts';

/** So many workers that were shut down are remembered. */
const maxShutDown = 1_000;

export class HeldPolls {
  /** Once it is set, no poll is sent on. */
  isClosing = false;
  readonly spare: SpareTasks;
  readonly #held = new Set<Caller>();
  /** Workers that do not poll again, see {@link workerOf}. */
  readonly #shutDown = new Set<string>();

  constructor(clock: Clock) {
    this.spare = new SpareTasks(clock);
  }

  get size(): number {
    return this.#held.size;
  }

  /** A poll waits. Ends it at once when its worker was shut down. */
  hold(caller: Caller, endMs: number): void {
    this.#held.add(caller);
    if (this.#shutDown.has(workerOf(caller))) caller.over(endMs).abort();
  }

  leave(caller: Caller): void {
    this.#held.delete(caller);
  }

  /** A worker is shut down. Without an instance all of its process go, and those of others poll again. */
  shutDown(caller: Caller): void {
    const { namespace, deadlineMs, names } = caller;
    const isKnown = names.instance !== '';
    const worker = workerOf(caller);
    if (isKnown) this.#shutDown.add(worker);
    for (const oldest of this.#shutDown) {
      if (this.#shutDown.size <= maxShutDown) break;
      this.#shutDown.delete(oldest);
    }
    for (const poll of this.#held) {
      const { identity } = poll.names;
      const isSame = isKnown ? workerOf(poll) === worker : identity !== '' && identity === names.identity;
      if (poll.namespace === namespace && isSame) poll.over(deadlineMs).abort();
    }
  }
}

function workerOf({ namespace, names }: Caller): string {
  return JSON.stringify([namespace, names.instance]);
}
