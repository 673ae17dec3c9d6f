import { runCommand } from '@worker-auth/servers';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

/** Longer than the longest file takes on a busy machine. */
const timeoutMs = 30 * 60_000;

/** A program of a suite. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a program ended, and what it printed, without colours. */
export interface Ended {
  /** Null after a signal. */
  readonly code: number | null;
  readonly output: string;
}

/** A program that runs. What it started itself does not outlive it. */
export interface RunningProgram {
  readonly ended: Promise<Ended>;
  /** Asks it to end. */
  terminate(): void;
}

/** Starts a program. */
export function start({ command, args, cwd, env }: Program): RunningProgram {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(endGroup, timeoutMs, child.pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = once(child, 'close');
  const ended = async (): Promise<Ended> => {
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    endGroup(child.pid);
    await closed;
    return { code, output: stripVTControlCharacters(output) };
  };
  return { ended: ended(), terminate: () => child.kill('SIGTERM') };
}

/** Runs a program to its end. @returns what it printed */
export async function outputOf(program: Program): Promise<string> {
  return (await start(program).ended).output;
}

/** A short name for all that an entry of the cache is made from. */
export function digest(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 12);
}

/** The commit of a clone. */
export async function commitOf(clone: string): Promise<string> {
  return (await runCommand('git', ['-C', clone, 'rev-parse', 'HEAD'])).trim();
}

/** Of a process that may be gone already. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
