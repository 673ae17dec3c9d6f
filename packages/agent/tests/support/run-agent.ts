import { runAlone } from '@worker-auth/calls/command-line';
import { type CliOutcome, runHere } from '@worker-auth/calls/tests/run-here';
import { onTestFinished } from 'vitest';
import { agentCommand } from '../../src/agent-command.ts';

const program = new URL('../../src/worker-auth-agent.ts', import.meta.url).href;

type More = Parameters<typeof runHere> extends [unknown, ...infer Rest] ? Rest : never;

/** Runs a command line of `worker-auth-agent` in this process. */
export function runAgent(args: readonly string[], ...more: More): Promise<CliOutcome> {
  return runHere((host) => runAlone(agentCommand, args, host, program), ...more);
}

/** An agent that runs in this process. */
export interface AgentHere {
  readonly stderr: () => string;
  end(by?: 'SIGTERM' | 'SIGINT'): Promise<CliOutcome>;
}

/** Runs it, and ends it when the test does. */
export function beginAgent(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): AgentHere {
  const stderr: string[] = [];
  const before = new Set<unknown>([...process.listeners('SIGTERM'), ...process.listeners('SIGINT')]);
  const given = { PATH: process.env['PATH'], ...env };
  const running = runAgent(args, given, undefined, (said) => stderr.push(said));
  const end: AgentHere['end'] = (by = 'SIGTERM') => {
    for (const listener of process.listeners(by)) if (!before.has(listener)) listener(by);
    return running;
  };
  onTestFinished(() => void end());
  return { stderr: () => stderr.join('\n'), end };
}
