import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the process of a worker is started with, as JSON in its first argument. */
export interface TerminatedSettings {
  /** `plugin`: a worker with the plugin. `runWorker`: one of the client. */
  readonly kind: 'plugin' | 'runWorker';
  readonly authUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
  readonly taskQueue: string;
  /** The bundle of the workflows. */
  readonly codePath: string;
  /** Milliseconds. */
  readonly graceMs: number;
}

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));

/** A worker in a process of its own, which ends when it is terminated. */
export class TerminatedWorker implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<readonly [code: number | null, signal: string | null]>;
  readonly #runs = new Map<string, number>();

  constructor(settings: TerminatedSettings) {
    this.#child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--conditions=@worker-auth/source'],
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#exit = once(this.#child, 'exit') as Promise<[number | null, string | null]>;
    this.#child.on('message', (id: string) => this.#runs.set(id, (this.#runs.get(id) ?? 0) + 1));
  }

  /** How often each activity ran. */
  get runs(): ReadonlyMap<string, number> {
    return this.#runs;
  }

  /** Lets all activities end. */
  endActivities(): void {
    this.#child.send('end');
  }

  /** Sends SIGTERM; resolves to the exit code when the process has ended by itself. */
  async terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const [code] = await this.#exit;
    return code;
  }

  /** Kills the process if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
