import { createHash } from 'node:crypto';
import type { QueuedActivityTask } from './executions/activity.ts';
import { Execution, type Runs } from './executions/execution.ts';
import type { RunStart } from './executions/run-start.ts';
import type { QueuedWorkflowTask } from './executions/workflow-task.ts';
import type { FrontendClock } from './frontend-clock.ts';
import { type Poller, TaskQueue } from './matching/task-queue.ts';
import { notFound } from './protocol/rpc-error.ts';

/** For so long the polls of a worker that has left are answered with nothing, as in Temporal: one may have been under way. */
const leftForMs = 30_000;

/** One namespace: its runs and its task queues. */
export class NamespaceState implements Runs {
  readonly name: string;
  readonly id: string;
  readonly clock: FrontendClock;
  readonly #workflowQueues = new Map<string, TaskQueue<QueuedWorkflowTask>>();
  readonly #activityQueues = new Map<string, TaskQueue<QueuedActivityTask>>();
  /** When each worker left, by its instance key. */
  readonly #left = new Map<string, number>();
  /** By workflow id; the newest is the last. */
  readonly #runs = new Map<string, Execution[]>();

  constructor(name: string, clock: FrontendClock) {
    this.name = name;
    this.id = uuidOf(name);
    this.clock = clock;
  }

  workflowQueue(name: string): TaskQueue<QueuedWorkflowTask> {
    return existingOr(
      this.#workflowQueues,
      name,
      () => new TaskQueue<QueuedWorkflowTask>(this.clock, this.#hasLeft),
    );
  }

  activityQueue(name: string): TaskQueue<QueuedActivityTask> {
    return existingOr(
      this.#activityQueues,
      name,
      () => new TaskQueue<QueuedActivityTask>(this.clock, this.#hasLeft),
    );
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
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
