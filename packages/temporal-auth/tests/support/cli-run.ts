import { agentCommand } from '../../../agent/src/agent-command.ts';
import { type CliHost, run } from '@worker-auth/calls/command-line';
import { doctorCommand } from '../../src/cli/doctor-command.ts';
import { tokenCommand } from '../../src/cli/token-command.ts';

/** What a command line printed, and ended with. */
export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line in this process.
 *
 * @param onError called with each line of standard error
 */
export async function runCli(
  args: readonly string[],
  env: CliHost['env'] = {},
  paint: CliHost['paint'] = (_style, text) => text,
  onError: (text: string) => unknown = () => undefined,
): Promise<CliOutcome> {
  let [stdout, stderr] = ['', ''];
  const host = {
    out: (text: string): void => void (stdout += `${text}\n`),
    error: (text: string): void => {
      stderr += `${text}\n`;
      onError(text);
    },
    ...{ paint, env },
  };
  const code = await run(args, [doctorCommand, tokenCommand, agentCommand], host);
  return { code, stdout, stderr };
}
