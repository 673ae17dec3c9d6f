import type { Clock, Timer } from '@worker-auth/ports';
import type { ActivityTaskResponse, WorkflowTaskResponse } from './messages.ts';

/** Where a frontend's time comes from: a `FakeClock`, or the host. */
export type FrontendClock = Pick<Clock, 'wallNow' | 'startTimer'>;

/** How long a poll may stay open before it is answered with nothing, as in Temporal. */
const pollMs = 60_000;

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

/** A task in a queue. */
export interface QueuedTask<Response> {
  /** What the poller gets; `undefined` when the task has ended by now. */
  start(poller: Poller): Response | undefined;
}

/** The namespace of a run, as far as the run needs it. */
export interface Runs {
  readonly name: string;
  readonly clock: FrontendClock;
  workflowQueue(name: string): TaskQueue<QueuedTask<WorkflowTaskResponse>>;
  activityQueue(name: string): TaskQueue<QueuedTask<ActivityTaskResponse>>;
}

/** What the next task that is still wanted gives its poller; `undefined` when the poll ends without one. */
export async function nextTask<Response>(
  queue: TaskQueue<QueuedTask<Response>>,
  poller: Poller,
  signal: AbortSignal,
): Promise<Response | undefined> {
  for (;;) {
    const task = await queue.poll(poller, signal);
    if (task === undefined) return undefined;
    const started = task.start(poller);
    if (started !== undefined) return started;
  }
}

/** The longest delay that timers take. */
const longestMs = 2 ** 31 - 1;

/** Timers under names. Starting one ends the one of the same name. */
export class NamedTimers {
  readonly #clock: FrontendClock;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: FrontendClock) {
    this.#clock = clock;
  }

  start(name: string, delayMs: number, callback: () => void): void {
    this.cancel(name);
    const fire = (): void => {
      this.#timers.delete(name);
      if (delayMs > longestMs) this.start(name, delayMs - longestMs, callback);
      else callback();
    };
    this.#timers.set(name, this.#clock.startTimer(fire, Math.min(Math.max(delayMs, 0), longestMs)));
  }

  cancel(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  cancelAll(): void {
    for (const name of this.#timers.keys()) this.cancel(name);
  }
}
