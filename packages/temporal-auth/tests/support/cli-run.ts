import { run } from '@worker-auth/calls/command-line';
import { type CliOutcome, runHere } from '@worker-auth/calls/tests/run-here';
import { workerAuth } from '../../src/cli/program.ts';

const program = new URL('../../src/cli.ts', import.meta.url).href;

type More = Parameters<typeof runHere> extends [unknown, ...infer Rest] ? Rest : never;

/** Runs a command line of `worker-auth` in this process. */
export function runCli(args: readonly string[], ...more: More): Promise<CliOutcome> {
  return runHere((host) => run(workerAuth, args, host, program), ...more);
}
