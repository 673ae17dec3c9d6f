import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Command, type RunningFake, UsageError } from './command.ts';
import { parseCommandLine } from './parse-command-line.ts';

/** What the program has of its process. */
export interface CliHost {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  /** Aborts when the process gets a signal to end. */
  readonly stopping: AbortSignal;
}

/**
 * Runs a command line until the process gets a signal to end.
 *
 * @returns the exit code: 0, 1 when a fake cannot run, 2 for a command line that makes no sense, or what the program after `--` ended with
 */
export async function run(
  args: readonly string[],
  commands: readonly Command[],
  host: CliHost,
): Promise<number> {
  let fake: RunningFake | undefined;
  try {
    const line = parseCommandLine(args, commands);
    if (line.kind === 'help') {
      host.out(line.text);
      return 0;
    }
    const [program, ...programArgs] = line.program;
    // The output of a program is its own.
    const print = program === undefined ? host.out : host.error;
    fake = await line.command.start(line.values as never, print);
    for (const text of fake.introduction) print(text);
    if (program !== undefined) return await runProgram(program, programArgs, fake.env ?? {}, host.stopping);
    await untilAborted(host.stopping);
    return 0;
  } catch (error) {
    host.error(`error: ${explain(error)}`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    await fake?.stop();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

function explain(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use: end what listens there, or choose another by --port (0 for any that is free)`;
  }
  return code === 'EACCES' ? `port ${port} needs more rights: choose one above 1023 by --port` : message;
}

/**
 * Runs a program beside the fakes, with the terminal of this one.
 *
 * @param env what is added to the environment of this process
 * @param stopping passes SIGTERM on to the program when it aborts
 * @returns its exit code; 128 and the number of the signal that ended it, as a shell has it
 * @throws Error when it cannot be started
 */
function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stopping: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const end = (): boolean => child.kill('SIGTERM');
    stopping.addEventListener('abort', end);
    if (stopping.aborted) end();
    child.once('error', ({ message }) => {
      reject(new Error(`"${program}" cannot be started: ${message}`));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
