import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** What a program beside the agent is sent when the agent gets it. */
const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a program with the agent's own input and output, and hands it the agent's signals.
 *
 * @returns its exit code; 128 and the number of the signal that ended it, 127 when there is no such program, 126 when it cannot be run
 */
export function runProgram(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  // A terminal sends its signals to both; the second one would be taken for a demand to end at once.
  const ofTerminal: readonly string[] = process.stdin.isTTY ? ['SIGINT', 'SIGQUIT', 'SIGHUP'] : [];
  const handlers = forwarded.map((signal) => {
    const forward = (): void => {
      if (!ofTerminal.includes(signal)) child.kill(signal);
    };
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  return new Promise<number>((resolve) => {
    child.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
    });
  }).finally(() => {
    for (const remove of handlers) remove();
  });
}
