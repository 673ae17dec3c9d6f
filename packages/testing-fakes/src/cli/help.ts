import type { CliOption, Command } from './command.ts';

/** How the program is called without being installed. */
export const programName = 'npx @worker-auth/testing-fakes';

/** What the program is and which commands it has. */
export function generalHelp(commands: readonly Command[]): string {
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
export function commandHelp({ name, summary, options, examples, runsProgram }: Command): string {
  const program = runsProgram === true ? ' [-- program arguments…]' : '';
  return [
    summary,
    '',
    `Usage: ${programName} ${name} [options]${program}`,
    '',
    'Options:',
    ...columns([
      ...Object.entries(options).map(([option, about]) => [flag(option, about), describe(about)] as const),
      ['--help', 'this text'],
    ]),
    '',
    'Examples:',
    ...examples.map((example) => `  ${programName} ${example}`),
  ].join('\n');
}

function flag(name: string, { type, value = 'value' }: CliOption): string {
  return type === 'boolean' ? `--${name}` : `--${name} <${value}>`;
}

function describe({ description, multiple }: CliOption): string {
  return multiple === true ? `${description}; may be repeated` : description;
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
