import { runAlone } from '@worker-auth/calls/command-line';
import { type CliOutcome, runHere } from '@worker-auth/calls/tests/run-here';
import { agentCommand } from '../../src/agent-command.ts';

const program = new URL('../../src/worker-auth-agent.ts', import.meta.url).href;

type More = Parameters<typeof runHere> extends [unknown, ...infer Rest] ? Rest : never;

/** Runs a command line of `worker-auth-agent` in this process. */
export function runAgent(args: readonly string[], ...more: More): Promise<CliOutcome> {
  return runHere((host) => runAlone(agentCommand, args, host, program), ...more);
}
