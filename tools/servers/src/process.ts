import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SupervisorMessage } from './supervisor.ts';

const supervisor = fileURLToPath(import.meta.resolve('./supervisor.ts'));
const keptLines = 400;

/** A command to run under supervision. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** On top of this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Between SIGTERM and SIGKILL. Default 5000. */
  readonly graceMs?: number;
}

/** A server's process. It ends with its children when this process ends, however that happens. */
export interface SupervisedProcess {
  readonly pid: number;
  /** Why it ended, in words; undefined while it runs. */
  readonly endReason: string | undefined;
  /** The last lines it wrote. Default 50, at most 400. */
  logTail(lines?: number): string;
  /** Ends it and its children, and resolves when they are gone. It may be called again. */
  stop(): Promise<void>;
}

/** @throws Error when the command cannot be run */
export async function launch(options: Launch): Promise<SupervisedProcess> {
  const child = fork(supervisor, [String(options.graceMs ?? 5000), options.command, ...options.args], {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: undefined, ...options.env },
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const outputs = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const log = collectLines(outputs);
  let endReason: string | undefined;
  let pid = 0;
  child.once('exit', (code, signal) => {
    // Killed before the server: nobody else is left to end it.
    if (code !== 0 && pid !== 0) killGroup(pid);
    endReason ??= code === 0 ? 'stopped' : `its supervisor ended with ${signal ?? code ?? 'no code'}`;
  });
  // Not the event "close": it does not come when this side disconnects first.
  const gone = Promise.all([once(child, 'exit'), ...outputs.map((stream) => once(stream, 'close'))]);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'started') {
        pid = message.pid;
        resolve();
      } else {
        endReason = message.kind === 'ended' ? message.reason : message.message;
        if (message.kind === 'failed') {
          reject(new Error(`${options.command} cannot be run: ${message.message}`));
        }
      }
    });
    gone.then(() => {
      reject(new Error(`${options.command} did not start: ${endReason ?? ''}`));
    }, reject);
  });
  return {
    pid,
    get endReason() {
      return endReason;
    },
    logTail: (lines = 50) => log.slice(-lines).join('\n'),
    async stop() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

function collectLines(streams: readonly Readable[]): string[] {
  const lines: string[] = [];
  for (const stream of streams) {
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      lines.splice(0, Math.max(0, lines.length - keptLines));
    });
  }
  return lines;
}
