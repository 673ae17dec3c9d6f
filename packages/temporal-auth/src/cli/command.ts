import type { AtlanAuthClientOptions } from '../settings/auth-options.ts';
import type { Environment } from '@worker-auth/internal';

/** An option of a command, as `--help` tells of it. */
export interface CliOption {
  readonly type: 'string' | 'boolean';
  /** What its value is called in the help: `--timeout <seconds>`. */
  readonly value?: string;
  /** What it is for; with its default. */
  readonly description: string;
}

/** The values of a command's options, as they were given. */
export type CliValues = Readonly<Record<string, string | boolean | undefined>>;

/** How a text is painted on a terminal. */
export type Paint = (style: 'green' | 'yellow' | 'red' | 'dim' | 'bold', text: string) => string;

/** What a command has of its process. */
export interface CliHost {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Leaves the text as it is where there is no terminal. */
  readonly paint: Paint;
  readonly env: Environment;
}

/** What a command ended with: 0 all is well, 1 it broke, 2 a command line that makes no sense, 3 a failure, 4 warnings alone. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** What the program can do. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, CliOption>>;
  /** Command lines that work as they stand, for the help. */
  readonly examples: readonly string[];
  /** Whether a program and its arguments may follow behind `--`. Default false. */
  readonly takesProgram?: boolean;
  /**
   * @param program what follows behind `--`
   * @throws UsageError when a value will not do
   */
  run(values: CliValues, host: CliHost, program: readonly string[]): Promise<ExitCode>;
}

/** A command line that cannot be run: what is wrong, and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An option with a value. */
export function valued(value: string, description: string): CliOption {
  return { type: 'string', value, description };
}

/** An option that is given or not. */
export function flag(description: string): CliOption {
  return { type: 'boolean', description };
}

/** The options of every command: what a program says by options, and the environment does not. */
export const commonOptions = {
  application: valued('name', 'whose credentials; default ATLAN_APPLICATION_NAME'),
  timeout: valued('seconds', 'how long each step may take; default 5'),
};

/**
 * The value of an option, where it is given.
 *
 * @throws UsageError when it is empty
 */
export function textOf(values: CliValues, name: string): string | undefined {
  const value = values[name];
  if (value === '') throw new UsageError(`--${name} must not be empty`);
  return typeof value === 'string' ? value : undefined;
}

/** The value of `--application`, for the options of a client. */
export function applicationOf(values: CliValues): Pick<AtlanAuthClientOptions, 'applicationName'> {
  return { applicationName: textOf(values, 'application') };
}

/**
 * The value of `--timeout`, in milliseconds.
 *
 * @throws UsageError when it is no whole number of seconds up to an hour
 */
export function timeoutMsOf({ timeout = '5' }: CliValues): number {
  const seconds = Number(timeout);
  if (/^\d+$/.test(String(timeout)) && seconds >= 1 && seconds <= 3_600) return seconds * 1_000;
  throw new UsageError(
    `--timeout must be a whole number of seconds from 1 to 3600, not "${String(timeout)}"`,
  );
}
