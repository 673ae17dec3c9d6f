import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The most of a failed command's output that its error carries. */
const shownOutput = 2000;

/** Settings of one command. */
export interface CommandOptions {
  /** Default: the current folder. */
  readonly cwd?: string;
  /** On top of this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a command to its end.
 *
 * @returns what it wrote to standard output and standard error, in the order of arrival
 * @throws Error with the end of that output when it cannot be run or its exit code is not 0
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      reject(new Error(`${command} cannot be run: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
        return;
      }
      const shown = output.trim().slice(-shownOutput);
      reject(
        new Error(
          `${[command, ...args.slice(0, 2)].join(' ')} ended with ${signal ?? code ?? 'no code'}: ${shown}`,
        ),
      );
    });
  });
}

/** @returns the first executable file of that name in the folders of `PATH` */
export async function findOnPath(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

/** @returns whether the path is a file that this process may run */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
