import { FakeClock, FakeTemporalFrontend } from '../../src/index.ts';
import type { MethodName } from '../../src/frontend/protocol/plain.ts';
import { type CallOutcome, FrontendCaller } from './frontend-caller.ts';

/** A task as a poller gets it, or nothing of it. */
export interface Task {
  readonly taskToken: Uint8Array;
  readonly attempt: number;
  readonly history: { readonly events: readonly { readonly eventId: number; readonly eventType: string }[] };
}

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
  start(): Promise<CallOutcome> {
    const what = { workflowId: 'one', workflowType: { name: 'w' }, taskQueue: { name: 'q' } };
    return this.call('startWorkflowExecution', { ...what, requestId: 'r' });
  }

  signal(): Promise<CallOutcome> {
    return this.call('signalWorkflowExecution', {
      workflowExecution: { workflowId: 'one' },
      signalName: 's',
    });
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
  return new Stage(await FakeTemporalFrontend.start({ clock }), clock);
}
