import { parseArgs } from 'node:util';
import { hintAt, nearestName } from '@worker-auth/ports/nearest-name';
import { type Command, type Flag, UsageError } from './command.ts';

/** How the program is called without being installed. */
const programName = 'npx @worker-auth/testing-fakes';

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      /** By the names of the options, as the command reads them. */
      readonly values: object;
      /** The program after `--`, and its arguments; empty when there is none. */
      readonly program: readonly string[];
    };

/**
 * Reads the arguments of the program.
 *
 * @throws UsageError when they make no sense; the message says what to write
 */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): CommandLine {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError(`a command is missing\n\n${generalHelp(commands)}`);
  if (name === '--help' || name === '-h' || name === 'help') {
    return { kind: 'help', text: generalHelp(commands) };
  }
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    const known = commands.map((one) => one.name);
    throw new UsageError(`there is no command "${name}"; ${hintAt(name, known)}`);
  }
  const end = command.runsProgram === true ? rest.indexOf('--') : -1;
  const given = parseOptions(command, end < 0 ? rest : rest.slice(0, end));
  if (given['help'] === true) return { kind: 'help', text: commandHelp(command) };
  const program = end < 0 ? [] : rest.slice(end + 1);
  if (end >= 0 && program.length === 0) throw new UsageError('a program must follow after "--"');
  const values = Object.fromEntries(
    Object.entries(command.flags).map(([flag, { read }]) => {
      const texts = [given[flag] ?? []].flat().map(String);
      return [flag, read(texts, flag)];
    }),
  );
  return { kind: 'run', command, values, program };
}

function parseOptions(
  { name, flags }: Command,
  args: readonly string[],
): Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>> {
  const known = Object.fromEntries(
    Object.entries(flags).map(([option, { type, multiple }]) => [option, { type, multiple }]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: { ...known, help: { type: 'boolean', short: 'h' } },
      allowPositionals: false,
    }).values;
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    const [, unknown] = /^Unknown option '--([\w-]+)'/.exec(reason) ?? [];
    const nearest = unknown === undefined ? undefined : nearestName(unknown, Object.keys(flags));
    if (nearest !== undefined) {
      throw new UsageError(`${name} has no option --${String(unknown)}: did you mean --${nearest}?`);
    }
    throw new UsageError(`${reason}\n"${programName} ${name} --help" lists the options`);
  }
}

/** What the program is and which commands it has. */
function generalHelp(commands: readonly Command[]): string {
  return [
    'Fakes of everything around an authenticated Temporal worker, on 127.0.0.1, for programs in any language.',
    '',
    `Usage: ${programName} <command> [options]`,
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    `"${programName} <command> --help" lists a command's options. A fake runs until Ctrl-C or SIGTERM.`,
  ].join('\n');
}

/** What one command does, with its options and examples. */
function commandHelp({ name, summary, flags, examples, runsProgram }: Command): string {
  const program = runsProgram === true ? ' [-- program arguments…]' : '';
  return [
    summary,
    '',
    `Usage: ${programName} ${name} [options]${program}`,
    '',
    'Options:',
    ...columns([
      ...Object.entries(flags).map(([option, about]) => [flagUse(option, about), describe(about)] as const),
      ['--help', 'this text'],
    ]),
    '',
    'Examples:',
    ...examples.map((example) => `  ${programName} ${example}`),
  ].join('\n');
}

function flagUse(name: string, { type, value = 'value' }: Flag<unknown>): string {
  return type === 'boolean' ? `--${name}` : `--${name} <${value}>`;
}

function describe({ description, multiple }: Flag<unknown>): string {
  return multiple ? `${description}; may be repeated` : description;
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
