import type { CliOption, Command } from './command.ts';

/** What the program is and which commands it has. */
export function generalHelp(commands: readonly Command[]): string {
  return [
    'OAuth2 for Temporal workers: what is wrong, and what the token says. Reads the environment, as a worker does.',
    '',
    'Usage: worker-auth <command> [options]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    '"worker-auth <command> --help" lists a command\'s options. Without being installed: npx @worker-auth/temporal-auth <command>',
  ].join('\n');
}

/** What one command does, with its options and examples. */
export function commandHelp({ name, summary, options, examples }: Command): string {
  return [
    summary,
    '',
    `Usage: worker-auth ${name} [options]`,
    '',
    'Options:',
    ...columns([
      ...Object.entries(options).map(
        ([option, about]) => [spelled(option, about), about.description] as const,
      ),
      ['--help', 'this text'],
    ]),
    '',
    'Examples:',
    ...examples.map((example) => `  worker-auth ${example}`),
  ].join('\n');
}

function spelled(name: string, { type, value = 'value' }: CliOption): string {
  return type === 'boolean' ? `--${name}` : `--${name} <${value}>`;
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
