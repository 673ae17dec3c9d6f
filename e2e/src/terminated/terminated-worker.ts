import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the process of a worker is started with, as JSON in its first argument. */
export interface TerminatedSettings {
  /** `plain`: a worker with a token that lasts. `plugin`: one with the plugin. `runWorker`: one of the client. */
  readonly kind: 'plain' | 'plugin' | 'runWorker';
  readonly authUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
  readonly taskQueue: string;
  /** The bundle of the workflows. */
  readonly codePath: string;
  /** Milliseconds; default none. */
  readonly graceMs?: number;
  /** Milliseconds; default none. */
  readonly forceMs?: number;
}

/** What the process tells. */
export type TerminatedMessage =
  | { readonly kind: 'runs' | 'delivered' | 'abandoned'; readonly id: string }
  | { readonly kind: 'starts' | 'closed' };

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));

/** A worker in a process of its own, which ends when it is terminated. */
export class TerminatedWorker implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<readonly [code: number | null, signal: string | null]>;
  readonly #runs = new Map<string, number>();
  readonly #messages: TerminatedMessage[] = [];

  constructor(settings: TerminatedSettings) {
    this.#child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--conditions=@worker-auth/source'],
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#exit = once(this.#child, 'exit') as Promise<[number | null, string | null]>;
    this.#child.on('message', (message: TerminatedMessage) => {
      this.#messages.push(message);
      if (message.kind === 'runs') this.#runs.set(message.id, (this.#runs.get(message.id) ?? 0) + 1);
    });
  }

  /** How often each activity ran. */
  get runs(): ReadonlyMap<string, number> {
    return this.#runs;
  }

  /** What it told, in order. */
  get kinds(): readonly TerminatedMessage['kind'][] {
    return this.#messages.map(({ kind }) => kind);
  }

  /** Lets all activities end. */
  endActivities(): void {
    this.#child.send('end');
  }

  /** Blocks its event loop for so long. */
  block(ms: number): void {
    this.#child.send(ms);
  }

  /** Sends SIGTERM once more. */
  signal(): void {
    this.#child.kill('SIGTERM');
  }

  /** Sends SIGTERM; resolves to the exit code, or the signal, when the process has ended by itself. */
  async terminate(): Promise<number | string | null> {
    this.signal();
    const [code, signal] = await this.#exit;
    return code ?? signal;
  }

  /** Kills the process if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
