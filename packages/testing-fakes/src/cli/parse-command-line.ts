import { parseArgs } from 'node:util';
import { hintAt, nearestName } from '@worker-auth/ports/nearest-name';
import type { CliValues, Command } from './command.ts';
import { commandHelp, generalHelp, programName } from './help.ts';
import { UsageError } from './usage-error.ts';

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly values: CliValues;
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
  const values = parseOptions(command, end < 0 ? rest : rest.slice(0, end));
  if (values['help'] === true) return { kind: 'help', text: commandHelp(command) };
  const program = end < 0 ? [] : rest.slice(end + 1);
  if (end >= 0 && program.length === 0) throw new UsageError('a program must follow after "--"');
  return { kind: 'run', command, values, program };
}

function parseOptions({ name, options }: Command, args: readonly string[]): CliValues {
  const known = Object.fromEntries(
    Object.entries(options).map(([option, { type, multiple = false }]) => [option, { type, multiple }]),
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
    const nearest = unknown === undefined ? undefined : nearestName(unknown, Object.keys(options));
    if (nearest !== undefined) {
      throw new UsageError(`${name} has no option --${String(unknown)}: did you mean --${nearest}?`);
    }
    throw new UsageError(`${reason}\n"${programName} ${name} --help" lists the options`);
  }
}
