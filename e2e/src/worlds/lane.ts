import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

const program = fileURLToPath(new URL('lane-process.ts', import.meta.url));

export type LaneKind = 'ours' | 'plain';

/** What a lane's process is started with, as JSON in its first argument. */
export interface LaneSettings extends Pick<World, 'connection'> {
  readonly beside: World['beside'];
  readonly slots: World['slots'];
  readonly kind: LaneKind;
  readonly taskQueue: string;
  /** How many workflows there will be. */
  readonly items: number;
  /** Of a worker beside that of a lane: where it finds Temporal, and with which token. */
  readonly way?: { readonly address: string; readonly apiKey?: string };
  /** There is a worker in each. */
  readonly namespaces: readonly string[];
  /** The bundle of the workflows. */
  readonly codePath: string;
  readonly port: number;
  readonly authUrl: string;
  readonly clientId: string;
  readonly secretFile: string;
  /** Each activity writes a line to it each time that it runs: its workflow and its attempt. */
  readonly journal: string;
}

/** What a lane's process tells; moments are milliseconds since the epoch. */
export type LaneMessage =
  | { readonly kind: 'state'; readonly state: string; readonly atMs: number }
  | { readonly kind: 'health'; readonly temporal: string; readonly atMs: number }
  | { readonly kind: 'abandoned'; readonly workflowId: string }
  | { readonly kind: 'called'; readonly isAnswered: boolean }
  | { readonly kind: 'awaited'; readonly workflowId: string; readonly atMs: number }
  | { readonly kind: 'unhandled'; readonly message: string }
  | { readonly kind: 'log'; readonly level: string; readonly message: string; readonly atMs: number };

type Told<K extends LaneMessage['kind']> = Extract<LaneMessage, { kind: K }>;

/** A worker in a process of its own. */
export class Lane implements AsyncDisposable {
  readonly settings: LaneSettings;
  readonly #child: ChildProcess;
  readonly #messages: LaneMessage[] = [];
  readonly #exit: Promise<unknown>;
  readonly #bornMs = Date.now();
  #endedMs: number | undefined;

  constructor(settings: LaneSettings) {
    this.settings = settings;
    this.#child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--conditions=@worker-auth/source', '--disable-warning=ExperimentalWarning'],
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(dirname(settings.codePath), 'compiled') },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: LaneMessage) => this.#messages.push(message));
    this.#exit = once(this.#child, 'exit').then(() => (this.#endedMs = Date.now()));
  }

  told<K extends LaneMessage['kind']>(kind: K): readonly Told<K>[] {
    return this.#messages.filter((message): message is Told<K> => message.kind === kind);
  }

  /** From the start of the process until its worker ran, in ms; `undefined` when it never did. */
  get startMs(): number | undefined {
    const running = this.told('state').find(({ state }) => state === 'RUNNING');
    return running && running.atMs - this.#bornMs;
  }

  /** When its worker failed, or its process ended; milliseconds since the epoch. */
  get deadAtMs(): number | undefined {
    return this.told('state').find(({ state }) => state === 'FAILED')?.atMs ?? this.#endedMs;
  }

  get hasEnded(): boolean {
    return this.#endedMs !== undefined;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** The lines of the journal: the workflow of each run of an activity. */
  async runs(): Promise<readonly string[]> {
    const text = await readFile(this.settings.journal, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ')[0] ?? '');
  }

  /** Kills the worker beside its own. */
  killBeside(): void {
    if (this.#child.connected) this.#child.send('kill');
  }

  /** Sends SIGTERM; resolves to the ms until the process has ended, at most `boundMs`. */
  async terminate(boundMs: number): Promise<number> {
    if (this.hasEnded) return 0;
    const sentMs = performance.now();
    const bound = setTimeout(() => this.#child.kill('SIGKILL'), boundMs);
    this.#child.kill('SIGTERM');
    await this.#exit;
    clearTimeout(bound);
    return performance.now() - sentMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
