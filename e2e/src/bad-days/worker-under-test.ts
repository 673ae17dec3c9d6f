import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerKind, WorkerMessage, WorkerProcessSettings } from './worker-messages.ts';

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));

/** A line of the log of a worker's process. */
export type LogLine = Extract<WorkerMessage, { kind: 'log' }>;

/** A worker in a process of its own, and what it told. */
export class WorkerUnderTest implements AsyncDisposable {
  readonly kind: WorkerKind;
  readonly taskQueue: string;
  readonly #child: ChildProcess;
  readonly #activities = new Map<string, number[]>();
  readonly #tokensAtMs: number[] = [];
  readonly #log: LogLine[] = [];
  #state = 'none';

  /** @param env what the application has in its environment */
  constructor(settings: WorkerProcessSettings, env: Readonly<Record<string, string>>) {
    this.kind = settings.kind;
    this.taskQueue = settings.taskQueue;
    this.#child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--conditions=@worker-auth/source'],
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: WorkerMessage) => {
      this.#take(message);
    });
  }

  /** Of the worker; `ended` when its process is gone. */
  get state(): string {
    return this.#hasEnded ? 'ended' : this.#state;
  }

  /** When the activity of each workflow began, each time that it ran; milliseconds since the epoch. */
  get activities(): ReadonlyMap<string, readonly number[]> {
    return this.#activities;
  }

  /** When a new token came; milliseconds since the epoch. */
  get tokensAtMs(): readonly number[] {
    return this.#tokensAtMs;
  }

  get log(): readonly LogLine[] {
    return this.#log;
  }

  /** When it first said so, at `sinceMs` or later; `undefined` when it has not. */
  saidAtMs(text: string, sinceMs: number): number | undefined {
    return this.#log.find(({ message, atMs }) => atMs >= sinceMs && message.startsWith(text))?.atMs;
  }

  /** Kills the process; resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #take(message: WorkerMessage): void {
    switch (message.kind) {
      case 'state':
        this.#state = message.state;
        break;
      case 'activity':
        this.#activities.set(message.workflowId, [
          ...(this.#activities.get(message.workflowId) ?? []),
          message.atMs,
        ]);
        break;
      case 'token':
        this.#tokensAtMs.push(message.atMs);
        break;
      case 'log':
        this.#log.push(message);
    }
  }
}
