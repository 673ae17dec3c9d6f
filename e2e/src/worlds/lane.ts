import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

const program = fileURLToPath(new URL('lane-process.ts', import.meta.url));

export type LaneKind = 'ours' | 'plain';

/** What a lane's process is started with, as JSON in its first argument. */
export interface LaneSettings extends Pick<World, 'connection'> {
  readonly beside?: World['beside'] | undefined;
  readonly slots?: World['slots'] | undefined;
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
  /** Default: those that its environment names for this application. */
  readonly servers?: LaneServersSettings;
  readonly applicationName?: string;
  /** Default: scaling ones in ours, Temporal's default in a plain worker. */
  readonly pollers?: 'fixed';
}

/** Where a lane has its tokens and its Temporal. */
export interface LaneServersSettings {
  readonly port: number;
  readonly authUrl: string;
  readonly clientId: string;
  readonly secretFile: string;
}

/** What a lane's process tells; moments are milliseconds since the epoch. */
export type LaneMessage =
  | { readonly kind: 'state'; readonly state: string; readonly atMs: number }
  | { readonly kind: 'health'; readonly temporal: string; readonly atMs: number }
  | { readonly kind: 'activity'; readonly workflowId: string; readonly atMs: number }
  | { readonly kind: 'event'; readonly name: string; readonly atMs: number }
  | { readonly kind: 'abandoned'; readonly workflowId: string }
  | { readonly kind: 'called'; readonly isAnswered: boolean }
  | { readonly kind: 'awaited'; readonly workflowId: string; readonly atMs: number }
  | { readonly kind: 'unhandled'; readonly message: string }
  | { readonly kind: 'log'; readonly level: string; readonly message: string; readonly atMs: number };

type Told<K extends LaneMessage['kind']> = Extract<LaneMessage, { kind: K }>;

/** A worker in a process of its own, which is killed at the end. */
export class Lane implements AsyncDisposable {
  readonly settings: LaneSettings;
  readonly #child: ChildProcess;
  readonly #messages: LaneMessage[] = [];
  readonly #exit: Promise<unknown>;
  readonly #bornMs = Date.now();
  #endedMs: number | undefined;

  /** @param env what the application has in its environment */
  constructor(settings: LaneSettings, env: Readonly<Record<string, string>> = {}) {
    this.settings = settings;
    const compiled = join(dirname(settings.codePath), 'compiled');
    this.#child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--conditions=@worker-auth/source', '--disable-warning=ExperimentalWarning'],
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compiled, ...env },
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

  /** Of the worker; `ended` when its process is gone without a word of a failure. */
  get state(): string {
    const last = this.told('state').at(-1)?.state ?? 'none';
    return this.hasEnded && last !== 'FAILED' ? 'ended' : last;
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

  /** When the activity of each workflow began, each time that it ran; milliseconds since the epoch. */
  get runs(): ReadonlyMap<string, readonly number[]> {
    const runs = new Map<string, number[]>();
    for (const { workflowId, atMs } of this.told('activity')) {
      const begun = runs.get(workflowId) ?? [];
      begun.push(atMs);
      runs.set(workflowId, begun);
    }
    return runs;
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
