import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program beside the fakes, with the terminal of this one.
 *
 * @param env what is added to the environment of this process
 * @param stopping passes SIGTERM on to the program when it aborts
 * @returns its exit code; 128 and the number of the signal that ended it, as a shell has it
 * @throws Error when it cannot be started
 */
export function runProgram(
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
