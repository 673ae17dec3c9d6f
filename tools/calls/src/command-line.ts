import type { Logger } from './temporal.ts';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { parseArgs, styleText } from 'node:util';
import { readBoundedFile, readBoundedFileNow } from '@worker-auth/internal/file';
import { visible } from '@worker-auth/internal';
import { runbookUrl } from './conditions/runbook.ts';
import { TemporalAuthError } from './errors/temporal-auth-error.ts';
import { messageOf } from './errors/translate.ts';
import { maxCertificateBytes } from './settings/formats.ts';
import type { Row } from './settings/setting.ts';
import { identity, place } from './settings/table.ts';

/** Longest header that Node's HTTP server takes, in bytes. */
const maxBearerBytes = 16_384;

/** Of a file, for those who do not own it: to write for its group and all, to read for all. */
const permissions = { othersWrite: 0o022, allRead: 0o004 };

export type CliValues = Readonly<Record<string, string | boolean | undefined>>;

export interface CliHost {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Leaves the text as it is where there is no terminal. */
  readonly paint: typeof styleText;
  readonly env: NodeJS.ProcessEnv;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Each option as it is written, with its purpose and default: `--short`, or `--timeout <seconds>` where it has a value. */
  readonly options: Readonly<Record<string, string>>;
  /** Command lines, as they are typed. */
  readonly examples: readonly string[];
  /** Whether a program and its arguments may follow behind `--`. Default false. */
  readonly takesProgram?: boolean;
  /** Returns the exit code: 0 all is well, 3 a failure, 4 warnings alone; or that of `program`, which follows behind `--`. */
  run(values: CliValues, host: CliHost, program: readonly string[]): Promise<number>;
}

/** A command line that cannot be run: what is wrong, and what to write instead. The program ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const commonOptions = {
  '--application <name>': `application whose credentials are used; default ${variableOf(identity.applicationName)}`,
  '--timeout <seconds>': 'how long each step may take; default 5',
} as const;

/** The first name of a setting: that of the first family. */
export function variableOf({ variables }: Row): string {
  return variables[0]?.name ?? 'none';
}

/** The value of an option, where it is given; it must not be empty. */
export function textOf(values: CliValues, name: string): string | undefined {
  const value = values[name];
  if (value === '') throw new UsageError(`--${name} must not be empty`);
  return typeof value === 'string' ? value : undefined;
}

/** The value of an option that is a whole number, where it is given. */
export function wholeOf(values: CliValues, name: string, max: number, min = 1): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}

/** @throws UsageError where one of these options is given, which say how another one works */
export function noneWithout(values: CliValues, names: readonly string[], other: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} needs --${other}`);
}

export function timeoutMsOf(values: CliValues): number {
  return (wholeOf(values, 'timeout', 3_600) ?? 5) * 1_000;
}

/** 256 random bits that callers present. */
export function newBearer(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What callers present. Made when the file does not exist, for this user alone.
 *
 * @param logger gets a warning of a file that others can read
 * @throws UsageError of a file that others can change
 */
export async function readBearer(path: string, flag: string, logger: Logger): Promise<string> {
  const made = newBearer();
  try {
    await writeFile(path, made, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = await readBoundedFile(path, { maxBytes: maxBearerBytes }).catch((error: unknown) => {
    const { code } = error as { readonly code: string };
    throw new UsageError(`${path} (--${flag}) cannot be read (${code})`);
  });
  const { mode } = await stat(path);
  if ((mode & permissions.othersWrite) !== 0)
    throw new UsageError(`${path} (--${flag}) can be changed by others: chmod 600`);
  if ((mode & permissions.allRead) !== 0)
    logger.warn('Others can read the file of a bearer: chmod 600, or 640 for a group', { path });
  const bearer = text.trim();
  if (bearer.length < 16) throw new UsageError(`${path} (--${flag}) must hold 16 characters or more`);
  return bearer;
}

/** The certificates of `--tls-ca`. @throws UsageError */
export function readAuthorities(path: string): Buffer {
  try {
    return Buffer.from(readBoundedFileNow(path, { maxBytes: maxCertificateBytes }));
  } catch (error) {
    const { code } = error as { readonly code: string };
    throw new UsageError(`--tls-ca: ${path} cannot be read (${code})`);
  }
}

/** This process. */
export const thisProcess: CliHost = {
  out: (text) => process.stdout.write(`${text}\n`),
  error: (text) => process.stderr.write(`${text}\n`),
  paint: (style, text) => (process.stdout.isTTY ? styleText(style, text, { stream: process.stdout }) : text),
  env: process.env,
};

/** A program of this command line. */
export interface Program {
  /** As it is typed. */
  readonly name: string;
  /** How it runs without being installed. */
  readonly npx: string;
  readonly summary: string;
  readonly commands: readonly Command[];
  /** What to write in place of commands that are no more. */
  readonly moved?: Readonly<Record<string, string>>;
}

/** Of the package of a program, which lies one folder above the program's file, at this URL. */
function versionOf(programUrl: string): string {
  const manifest = readFileSync(new URL('../package.json', programUrl), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** Runs a program, which lies at `url`. Returns the exit code: the command's, 1 where it breaks, 2 for a {@link UsageError}. */
export async function run(
  program: Program,
  args: readonly string[],
  host: CliHost,
  url: string,
): Promise<number> {
  const { commands, moved = {} } = program;
  const [name, ...rest] = args;
  try {
    if (name === undefined) throw new UsageError(`a command is missing\n\n${generalHelp(program)}`);
    if (['--help', '-h', 'help'].includes(name)) {
      host.out(generalHelp(program));
      return 0;
    }
    if (name === '--version') {
      host.out(versionOf(url));
      return 0;
    }
    const command = commands.find((known) => known.name === name);
    const names = new Intl.ListFormat('en').format(commands.map((known) => known.name));
    if (command === undefined)
      throw new UsageError(`there is no command "${name}"; ${moved[name] ?? `there are ${names}`}`);
    return await runCommand(`${program.name} ${name}`, command, rest, host);
  } catch (error) {
    reportError(error, host);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Runs a command that is a program of its own, as {@link run}. */
export async function runAlone(
  command: Command,
  args: readonly string[],
  host: CliHost,
  url: string,
): Promise<number> {
  try {
    if (args[0] === '--version') {
      host.out(versionOf(url));
      return 0;
    }
    return await runCommand(command.name, command, args, host);
  } catch (error) {
    reportError(error, host);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Prints the error, and where the runbook explains its code. */
export function reportError(error: unknown, host: CliHost): void {
  host.error(visible(`error: ${messageOf(error)}`));
  if (error instanceof TemporalAuthError)
    host.error(`${error.code}: see ${runbookUrl(error.code)}, or run "worker-auth doctor"`);
}

/** @param typed how the command is written */
async function runCommand(
  typed: string,
  command: Command,
  args: readonly string[],
  host: CliHost,
): Promise<number> {
  const end = command.takesProgram === true && args.includes('--') ? args.indexOf('--') : args.length;
  const values = parseOptions(typed, command, args.slice(0, end));
  if (values['help'] !== true) return command.run(values, host, args.slice(end + 1));
  host.out(commandHelp(typed, command));
  return 0;
}

function parseOptions(typed: string, { options }: Command, args: string[]): CliValues {
  const known = Object.keys(options).map((written) => {
    const [option = '', value] = written.slice(2).split(' ');
    return [option, { type: value === undefined ? 'boolean' : 'string' }] as const;
  });
  const help = { type: 'boolean', short: 'h' } as const;
  try {
    return parseArgs({ args, options: { ...Object.fromEntries(known), help } }).values;
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    throw new UsageError(`${reason}\n"${typed} --help" lists the options`);
  }
}

function generalHelp({ name, npx, summary, commands }: Program): string {
  const { tokenUrl, clientId, clientSecret, enabled } = identity;
  const variables = [place.host, place.namespace, tokenUrl, clientId, clientSecret, enabled];
  return `${summary}

Usage: ${name} <command> [options]

Commands:
${columns(commands.map(({ name, summary }) => [name, summary]))}

Variables that most programs need; docs/reference/environment.md has all:
${columns(variables.map((row) => [variableOf(row), row.meaning.replace(/; .*/, '')]))}

"${name} <command> --help" lists a command's options, "${name} --version" the version. Without being installed: ${npx} <command>`;
}

function commandHelp(typed: string, { summary, options, examples, takesProgram }: Command): string {
  const program = takesProgram === true ? ' [-- <program> [arguments]]' : '';
  return `${summary}

Usage: ${typed} [options]${program}

Options:
${columns(Object.entries({ ...options, '--help': 'this text' }))}

Examples:
${examples.map((example) => `  ${example}`).join('\n')}`;
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
