import { createHash } from 'node:crypto';
import { Execution } from './execution.ts';
import type { ActivityTaskResponse, WorkflowTaskResponse } from './messages.ts';
import { invalidArgument, namespaceNotFound, notFound, readTaskToken, type TaskToken } from './rpc-error.ts';
import type { RunStart } from './run-start.ts';
import { type FrontendClock, type Poller, type QueuedTask, type Runs, TaskQueue } from './task-queue.ts';

/** For so long the polls of a worker that has left are answered with nothing, as in Temporal: one may have been under way. */
const leftForMs = 30_000;

export class NamespaceState implements Runs {
  readonly name: string;
  readonly id: string;
  readonly clock: FrontendClock;
  readonly #workflowQueues = new Map<string, TaskQueue<QueuedTask<WorkflowTaskResponse>>>();
  readonly #activityQueues = new Map<string, TaskQueue<QueuedTask<ActivityTaskResponse>>>();
  /** When each worker left, by its instance key. */
  readonly #left = new Map<string, number>();
  /** By workflow id; the newest is the last. */
  readonly #runs = new Map<string, Execution[]>();

  constructor(name: string, clock: FrontendClock) {
    this.name = name;
    this.id = uuidOf(name);
    this.clock = clock;
  }

  workflowQueue(name: string): TaskQueue<QueuedTask<WorkflowTaskResponse>> {
    return existingOr(this.#workflowQueues, name, () => new TaskQueue(this.clock, this.#hasLeft));
  }

  activityQueue(name: string): TaskQueue<QueuedTask<ActivityTaskResponse>> {
    return existingOr(this.#activityQueues, name, () => new TaskQueue(this.clock, this.#hasLeft));
  }

  /** Whether a worker has, or is about to get, something to do. */
  get isBusy(): boolean {
    return [...this.#runs.values()].flat().some((run) => run.isBusy);
  }

  find(workflowId: string, runId?: string | null): Execution | undefined {
    const runs = this.#runs.get(workflowId);
    return !runId ? runs?.at(-1) : runs?.find(({ start }) => start.runId === runId);
  }

  /** @throws RpcError NOT_FOUND when there is no such run */
  get(workflowId: string, runId?: string | null): Execution {
    const run = this.find(workflowId, runId);
    if (run === undefined) throw notFound(`workflow not found for ID: ${workflowId}`);
    return run;
  }

  begin(start: RunStart): Execution {
    const run = new Execution(this, start);
    existingOr(this.#runs, start.workflowId, () => []).push(run);
    return run;
  }

  /** A worker leaves: its polls are answered, those too that come late. */
  workerLeaves(workerInstanceKey: string): void {
    if (workerInstanceKey !== '') this.#left.set(workerInstanceKey, this.clock.wallNow());
    for (const queue of [...this.#workflowQueues.values(), ...this.#activityQueues.values()]) {
      queue.sendAway(this.#hasLeft);
    }
  }

  readonly #hasLeft = ({ workerInstanceKey }: Poller): boolean => {
    const leftMs = this.#left.get(workerInstanceKey);
    return leftMs !== undefined && this.clock.wallNow() - leftMs < leftForMs;
  };
}

/** The namespaces of a frontend, which are there from its start. */
export class Namespaces {
  readonly clock: FrontendClock;
  readonly all: readonly NamespaceState[];

  constructor(names: readonly string[], clock: FrontendClock) {
    this.clock = clock;
    this.all = [...new Set(names)].map((name) => new NamespaceState(name, clock));
  }

  /** @throws RpcError NOT_FOUND when there is none of this name, INVALID_ARGUMENT when no name is given */
  get(name: string | null | undefined): NamespaceState {
    if (!name) throw invalidArgument('Namespace not set on request.');
    const found = this.all.find((namespace) => namespace.name === name);
    if (found === undefined) throw namespaceNotFound(name);
    return found;
  }

  /** What a task token names, and its namespace, which a request need not repeat. */
  ofToken(bytes: Uint8Array | null | undefined): {
    readonly namespace: NamespaceState;
    readonly token: TaskToken;
  } {
    const token = readTaskToken(bytes);
    return { token, namespace: this.get(token.namespace) };
  }
}

function existingOr<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}

/** The same for the same name, in the form of a UUID. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}
