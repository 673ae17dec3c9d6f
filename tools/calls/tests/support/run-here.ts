import type { CliHost } from '../../src/command-line.ts';

/** What a command line printed, and ended with. */
export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program in this process.
 *
 * @param onError called with each line of standard error
 */
export async function runHere(
  program: (host: CliHost) => Promise<number>,
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
  const code = await program(host);
  return { code, stdout, stderr };
}
