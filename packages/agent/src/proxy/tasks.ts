/**
 * The activities that this proxy handed out and that are not reported yet: their time-outs, their last heartbeats, and the results that workers
 * believe reported while Temporal has not accepted them. Each is known until its own time-outs. Bounded in number and bytes: what is beyond is not
 * known, and is held in place of that.
 */
import type { OutgoingHttpHeader } from 'node:http';
import type { Clock } from '@worker-auth/internal';
import { limitOf, type ResultTimeLimit } from '@worker-auth/calls/delivery/result-sender';
import type { Caller } from './caller.ts';
import { type Answer, messageOfAnswer } from './exchange.ts';
import { methodOf } from './methods.ts';
import type { PollQueue } from './request.ts';
import { type ActivityTask, heartbeatOf, readEagerTasks, readTasks } from './wire.ts';

/** The one result of an activity. */
export interface Report {
  /** Those that report it, the first one first. */
  readonly callers: Caller[];
  /** What Temporal said of it last. */
  last: Answer | undefined;
  /** Whether it is kept until Temporal has it, so that workers get OK before. */
  isKept: boolean;
  /** Resolves when it is sent no more. */
  sent?: Promise<void>;
}

/** A request, and its header `grpc-encoding`. */
export interface Heartbeat {
  readonly body: Buffer;
  readonly encoding: OutgoingHttpHeader | undefined;
}

/** An activity that runs on a worker. */
export interface HandedOut {
  readonly task: Omit<ActivityTask, 'heartbeatDetails'>;
  readonly namespace: string;
  /** `undefined` for one that came with the answer to a workflow task. */
  readonly queue: PollQueue | undefined;
  readonly limit: ResultTimeLimit;
  /** The last heartbeat, or the details of the attempt before: a request, packed as it came. */
  heartbeat: Heartbeat;
  /** Ends the sending of its last heartbeat. */
  beating?: AbortController;
  report?: Report | undefined;
}

/** Bounds of results that are answered before Temporal has them. */
export interface PendingBounds {
  readonly results: number;
  readonly bytes: number;
  /** From so many of a task queue on, its polls for activities are held. */
  readonly perQueue: number;
}

/** So many activities are known, with so many bytes of their heartbeats. */
const known = { tasks: 20_000, bytes: 33_554_432 };

/** How often those are forgotten that Temporal waits for no longer, in ms at least. */
const sweepMs = 10_000;

/** A heartbeat that is larger is not kept. */
const maxHeartbeatBytes = 1_048_576;

export class Tasks {
  /** Of the results that are pending. */
  pending = 0;
  pendingBytes = 0;
  readonly #clock: Clock;
  readonly #bounds: PendingBounds;
  readonly #tasks = new Map<string, HandedOut>();
  readonly #perQueue = new Map<string, number>();
  #settled = Promise.withResolvers<undefined>();
  #bytes = 0;
  #sweptMs = -Infinity;

  constructor(clock: Clock, bounds: PendingBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Notes the activities of an answer before a worker has them. */
  handOutAll(answer: Answer, { path, namespace, names: { queue } }: Caller): void {
    if (namespace === '') return;
    const isEager = methodOf(path) === 'RespondWorkflowTaskCompleted';
    if (!isEager && queue?.isOfActivities !== true) return;
    const read = isEager ? readEagerTasks : readTasks;
    for (const task of read(messageOfAnswer(answer))) this.handOut(task, namespace, queue);
  }

  handOut(handedOut: ActivityTask, namespace: string, queue: PollQueue | undefined): void {
    const { heartbeatDetails, ...task } = handedOut;
    const heartbeat = { body: heartbeatOf(task.taskToken, heartbeatDetails, namespace), encoding: undefined };
    const nowMs = this.#clock.monotonicNow();
    const limit = limitOf(task, nowMs);
    if (nowMs >= this.#sweptMs + sweepMs) this.#sweep(nowMs);
    this.forget(task.taskToken);
    this.#tasks.set(task.taskToken, { task, namespace, queue, limit, heartbeat });
    this.#bytes += heartbeat.body.length;
    this.#forgetOldest();
  }

  /** How many are known. */
  get size(): number {
    return this.#tasks.size;
  }

  /**
   * `undefined` for a task that somebody else handed out, and for one of another namespace: others may know its token.
   */
  of(taskToken: string, namespace: string): HandedOut | undefined {
    const running = this.#tasks.get(taskToken);
    return running?.namespace === namespace ? running : undefined;
  }

  beat(running: HandedOut, { body, headers }: Pick<Caller, 'body' | 'headers'>): void {
    if (body.length > maxHeartbeatBytes || this.#tasks.get(running.task.taskToken) !== running) return;
    this.#bytes += body.length - running.heartbeat.body.length;
    running.heartbeat = { body, encoding: headers['grpc-encoding'] };
    this.#forgetOldest();
  }

  forget(taskToken: string): void {
    const running = this.#tasks.get(taskToken);
    if (running === undefined) return;
    this.#tasks.delete(taskToken);
    this.#bytes -= running.heartbeat.body.length;
  }

  /** Whether there is room for a result that is answered before Temporal has it. */
  take({ queue }: HandedOut, bytes: number): boolean {
    if (this.pending >= this.#bounds.results || this.pendingBytes + bytes > this.#bounds.bytes) return false;
    this.#count(queue, 1, bytes);
    return true;
  }

  /** A result that was taken is pending no longer. */
  settle({ queue }: HandedOut, bytes: number): void {
    this.#count(queue, -1, -bytes);
    this.#settled.resolve(undefined);
    this.#settled = Promise.withResolvers();
  }

  /** Whether so many results of the queue are pending that it gets no more activities. */
  isFull({ key }: PollQueue): boolean {
    return (this.#perQueue.get(key) ?? 0) >= this.#bounds.perQueue;
  }

  /** Resolves when a result is pending no longer. */
  get settled(): Promise<undefined> {
    return this.#settled.promise;
  }

  /** Many are never reported by their token. */
  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs;
    for (const [taskToken, { limit }] of this.#tasks) if (limit.atMs <= nowMs) this.forget(taskToken);
  }

  #count(queue: PollQueue | undefined, results: number, bytes: number): void {
    this.pending += results;
    this.pendingBytes += bytes;
    if (queue === undefined) return;
    const count = (this.#perQueue.get(queue.key) ?? 0) + results;
    if (count === 0) this.#perQueue.delete(queue.key);
    else this.#perQueue.set(queue.key, count);
  }

  #forgetOldest(): void {
    for (const [oldest] of this.#tasks) {
      if (this.#tasks.size <= known.tasks && this.#bytes <= known.bytes) break;
      this.forget(oldest);
    }
  }
}
