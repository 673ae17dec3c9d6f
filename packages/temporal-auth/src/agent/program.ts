import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/** What a program beside the agent is sent when the agent gets it. */
const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a program with the agent's own input and output, and hands it the agent's signals.
 *
 * @returns its exit code; 128 and the number of the signal that ended it, 127 when there is no such program, 126 when it cannot be run
 */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  // A terminal sends its signals to both; the second one would be taken for a demand to end at once.
  const ofTerminal: readonly string[] = process.stdin.isTTY ? ['SIGINT', 'SIGQUIT', 'SIGHUP'] : [];
  const forward = (signal: NodeJS.Signals): void => {
    if (!ofTerminal.includes(signal)) child.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, forward);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals];
    return code ?? 128 + constants.signals[signal];
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 127 : 126;
  } finally {
    for (const signal of forwarded) process.off(signal, forward);
  }
}
