import { goWorker, javaWorker, pythonWithTemporal } from '@worker-auth/servers';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from '../fixtures/eventually.ts';

export const languages = ['python', 'typescript', 'go', 'java'] as const;

export type Language = (typeof languages)[number];

/** How a worker is started. */
export interface SteadyWorkerOptions {
  readonly language: Language;
  readonly address: string;
  readonly taskQueue: string;
  /** Each activity writes a line to it each time that it runs. */
  readonly journal: string;
  /** The bundle of the workflows, for TypeScript. */
  readonly codePath: string;
  /** Its token is pushed each second; without one its calls carry none. */
  readonly tokenFile?: string | undefined;
}

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A plain worker in a process of its own, which is killed at the end. */
export class SteadyWorker implements AsyncDisposable {
  readonly options: SteadyWorkerOptions;
  /** Its exit code, else its signal. */
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  #isRunning = false;
  #endedMs: number | undefined;

  /** Resolves when it polls. */
  static async start(options: SteadyWorkerOptions): Promise<SteadyWorker> {
    await writeFile(options.journal, '');
    const worker = new SteadyWorker(options, await commandOf(options));
    await eventually(
      `a ${options.language} worker runs`,
      () => worker.#isRunning || worker.#endedMs !== undefined,
    );
    return worker;
  }

  private constructor(options: SteadyWorkerOptions, [command = '', ...args]: readonly string[]) {
    this.options = options;
    this.#child = spawn(command, args, {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', process.env['SHOW_WORKERS'] === undefined ? 'ignore' : 'inherit'],
    });
    this.#child.stdout?.once('data', () => (this.#isRunning = true));
    this.ended = once(this.#child, 'exit').then(([code, signal]: unknown[]) => {
      this.#endedMs = performance.now();
      return code ?? signal;
    });
  }

  get hasEnded(): boolean {
    return this.#endedMs !== undefined;
  }

  /** How often each activity ran. */
  async runs(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const id of (await readFile(this.options.journal, 'utf8')).split('\n').filter((line) => line !== ''))
      counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) this.kill('SIGKILL');
    await this.ended;
  }
}

/** Its program, and what that is told. */
async function commandOf(options: SteadyWorkerOptions): Promise<readonly string[]> {
  const { language, address, taskQueue, journal, codePath, tokenFile = [] } = options;
  const place = [address, taskQueue, journal];
  if (language === 'go') return [await goWorker(), ...place, tokenFile].flat();
  if (language === 'java') return [...(await javaWorker()), ...place, tokenFile].flat();
  if (language === 'python')
    return [
      await pythonWithTemporal(),
      '-B',
      program('../python/steady_worker.py'),
      ...place,
      tokenFile,
    ].flat();
  return [process.execPath, program('steady-worker.ts'), ...place, codePath, tokenFile].flat();
}
