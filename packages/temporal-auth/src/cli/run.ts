import { parseArgs } from 'node:util';
import { type CliHost, type CliValues, type Command, type ExitCode, UsageError } from './command.ts';
import { visible } from '../doctor/diagnosis-context.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { commandHelp, generalHelp } from './help.ts';

/** Runs a command line. */
export async function run(
  [name, ...rest]: readonly string[],
  commands: readonly Command[],
  host: CliHost,
): Promise<ExitCode> {
  try {
    if (name === undefined) throw new UsageError(`a command is missing\n\n${generalHelp(commands)}`);
    if (['--help', '-h', 'help'].includes(name)) return help(generalHelp(commands), host);
    const command = commands.find((known) => known.name === name);
    const names = new Intl.ListFormat('en').format(commands.map((one) => one.name));
    if (command === undefined) throw new UsageError(`there is no command "${name}"; there are ${names}`);
    const end = command.takesProgram === true ? rest.indexOf('--') : -1;
    const values = parseOptions(command, end < 0 ? rest : rest.slice(0, end));
    if (values['help'] === true) return help(commandHelp(command), host);
    return await command.run(values, host, end < 0 ? [] : rest.slice(end + 1));
  } catch (error) {
    host.error(visible(`error: ${messageOf(error)}`));
    return error instanceof UsageError ? 2 : 1;
  }
}

function help(text: string, { out }: CliHost): ExitCode {
  out(text);
  return 0;
}

function parseOptions({ name, options }: Command, args: readonly string[]): CliValues {
  const known = { ...options, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args: [...args], options: known }).values;
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    throw new UsageError(`${reason}\n"worker-auth ${name} --help" lists the options`);
  }
}
