import { FakeClock } from '../../src/fake-clock.ts';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import type { MethodName } from '../../src/frontend/messages.ts';
import { type CallOutcome, FrontendCaller } from './frontend-caller.ts';

/** A task as a poller gets it, or nothing of it. */
export interface Task {
  readonly taskToken: Uint8Array;
  readonly attempt: number;
  readonly history: { readonly events: readonly { readonly eventId: number; readonly eventType: string }[] };
}

/** A description in one line: bytes as text, ids of runs as `R`, and times from the start of the clock on. */
export function shown(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (/runId$/i.test(key)) return 'R';
    if (key === 'taskToken') return 'T';
    if (part === null || typeof part !== 'object') return part;
    const { type, data, seconds, nanos = 0 } = part as Readonly<Record<string, unknown>>;
    if (type === 'Buffer') return Buffer.from(data as number[]).toString();
    if (typeof seconds !== 'number') return part;
    const ms = seconds * 1_000 + Number(nanos) / 1e6;
    return ms < startMs ? `${ms} ms` : `+${ms - startMs} ms`;
  }).replaceAll('"', '');
}

const startMs = new FakeClock().wallNow();

/** A frontend with a fake clock, and a worker made of single calls. */
export class Stage implements AsyncDisposable {
  readonly frontend: FakeTemporalFrontend;
  readonly clock: FakeClock;
  readonly #caller: FrontendCaller;

  constructor(frontend: FakeTemporalFrontend, clock: FakeClock) {
    this.frontend = frontend;
    this.clock = clock;
    this.#caller = new FrontendCaller(frontend.address, 'good');
  }

  /** Calls a method for the namespace `default`. */
  call(method: MethodName, request: object): Promise<CallOutcome> {
    return this.#caller.call(method, { namespace: 'default', ...request });
  }

  /** Starts the workflow `one` on the task queue `q`. */
  start(more: object = {}): Promise<CallOutcome> {
    const what = { workflowId: 'one', workflowType: { name: 'w' }, taskQueue: { name: 'q' } };
    return this.call('startWorkflowExecution', { ...what, requestId: 'r', ...more });
  }

  /** Ends the workflow whose task is the next one. */
  async end(): Promise<void> {
    await this.complete(await this.pollWorkflow(), [{ completeWorkflowExecutionCommandAttributes: {} }]);
  }

  async pollWorkflow(): Promise<Task> {
    return (await this.call('pollWorkflowTaskQueue', { taskQueue: { name: 'q' } })).answer as unknown as Task;
  }

  async pollActivity(): Promise<Task> {
    return (await this.call('pollActivityTaskQueue', { taskQueue: { name: 'q' } })).answer as unknown as Task;
  }

  complete({ taskToken }: Task, commands: readonly object[] = []): Promise<CallOutcome> {
    return this.call('respondWorkflowTaskCompleted', { taskToken, commands });
  }

  async history(workflowId: string): Promise<Task['history']['events']> {
    const { answer } = await this.call('getWorkflowExecutionHistory', { execution: { workflowId } });
    return (answer as unknown as Task).history.events;
  }

  async describe(workflowId = 'one'): Promise<Record<string, unknown>> {
    return (await this.call('describeWorkflowExecution', { execution: { workflowId } })).answer;
  }

  async isSettled(promise: Promise<unknown>): Promise<boolean> {
    // A call of its own goes there and back first.
    await this.call('describeNamespace', {});
    const open = Symbol('open');
    return (await Promise.race([promise, Promise.resolve(open)])) !== open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#caller[Symbol.dispose]();
    await this.frontend.stop();
  }
}

export async function openStage(): Promise<Stage> {
  const clock = new FakeClock();
  return new Stage(await FakeTemporalFrontend.start({ clock, namespaces: ['other', 'default'] }), clock);
}
