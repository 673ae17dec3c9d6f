import type { FrontendClock } from '../frontend-clock.ts';

/** How long a poll may stay open before it is answered with nothing, as in Temporal. */
const pollMs = 60_000;

/** Who polls. */
export interface Poller {
  readonly identity: string;
  /** Of the worker, by which `ShutdownWorker` names it; may be empty. */
  readonly workerInstanceKey: string;
}

interface WaitingPoll<Task> extends Poller {
  answer(task: Task | undefined): void;
}

/** Where tasks wait for pollers, and polls for tasks: the first come are the first served. */
export class TaskQueue<Task> {
  readonly #clock: FrontendClock;
  readonly #hasLeft: (poller: Poller) => boolean;
  readonly #tasks: Task[] = [];
  readonly #polls = new Set<WaitingPoll<Task>>();

  /** @param hasLeft whether a poller is of a worker that has shut down */
  constructor(clock: FrontendClock, hasLeft: (poller: Poller) => boolean) {
    this.#clock = clock;
    this.#hasLeft = hasLeft;
  }

  /** Hands the task to the poll that has waited longest, or keeps it: whether it is still wanted is known when it is polled. */
  add(task: Task): void {
    const [poll] = this.#polls;
    if (poll === undefined) this.#tasks.push(task);
    else poll.answer(task);
  }

  /** The next task; `undefined` after 60 seconds, when the signal aborts, or when the poller is sent away. */
  poll(poller: Poller, signal: AbortSignal): Promise<Task | undefined> {
    if (signal.aborted || this.#hasLeft(poller)) return Promise.resolve(undefined);
    const ready = this.#tasks.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => {
      const end = (): void => {
        poll.answer(undefined);
      };
      const timer = this.#clock.startTimer(end, pollMs);
      const poll: WaitingPoll<Task> = {
        ...poller,
        answer: (task) => {
          this.#polls.delete(poll);
          timer.cancel();
          resolve(task);
        },
      };
      signal.addEventListener('abort', end);
      this.#polls.add(poll);
    });
  }

  /** Answers the polls of these with nothing. */
  sendAway(leaves: (poller: Poller) => boolean): void {
    for (const poll of [...this.#polls]) if (leaves(poll)) poll.answer(undefined);
  }
}
