import { describe, expect, it } from 'vitest';
import { type Command, UsageError } from '../../src/cli/command.ts';
import { list, text, whether } from '../../src/cli/flags.ts';
import { parseCommandLine } from '../../src/cli/parse-command-line.ts';

const oven: Command = {
  name: 'oven',
  summary: 'Bakes.',
  flags: {
    port: text('number', 'where it listens'),
    bread: list('name', 'what is in it'),
    tls: whether('serve https'),
  },
  examples: ['oven --port 1'],
  start: () => Promise.reject(new Error('not here')),
};
const kitchen: Command = { ...oven, name: 'kitchen', summary: 'Everything.', runsProgram: true };

const parse = (...args: string[]) => parseCommandLine(args, [oven, kitchen]);
const rejection = (...args: string[]): string => {
  try {
    parse(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('It was taken');
};

describe('a command line', () => {
  it('gives the command and the values of its options', () => {
    expect(parse('oven', '--port', '80', '--bread', 'rye', '--bread=oat', '--tls')).toEqual({
      kind: 'run',
      command: oven,
      values: expect.objectContaining({ port: '80', bread: ['rye', 'oat'], tls: true }) as unknown,
      program: [],
    });
  });

  const npx = 'npx @worker-auth/testing-fakes';

  it.each([['--help'], ['-h'], ['help']])('%s lists the commands', (word) => {
    const line = parse(word);
    expect(line.kind === 'help' && line.text.split('\n')).toEqual([
      'Fakes of everything around an authenticated Temporal worker, on 127.0.0.1, for programs in any language.',
      '',
      `Usage: ${npx} <command> [options]`,
      '',
      'Commands:',
      '  oven     Bakes.',
      '  kitchen  Everything.',
      '',
      `"${npx} <command> --help" lists a command's options. A fake runs until Ctrl-C or SIGTERM.`,
    ]);
  });

  it.each(['--help', '-h'])('<command> %s tells of its options', (flag) => {
    const options = [
      'Options:',
      '  --port <number>  where it listens',
      '  --bread <name>   what is in it; may be repeated',
      '  --tls            serve https',
      '  --help           this text',
      '',
      'Examples:',
      `  ${npx} oven --port 1`,
    ];
    const text = (name: string): unknown => {
      const line = parse(name, flag);
      return line.kind === 'help' && line.text.split('\n');
    };
    expect(text('oven')).toEqual(['Bakes.', '', `Usage: ${npx} oven [options]`, '', ...options]);
    const program = '[-- program arguments…]';
    expect(text('kitchen')).toEqual([
      'Everything.',
      '',
      `Usage: ${npx} kitchen [options] ${program}`,
      '',
      ...options,
    ]);
  });

  it('without a command is rejected with the list of them', () => {
    expect(rejection()).toMatch(/^a command is missing\n[^]*Bakes\./);
  });

  it('with an unknown command is rejected with the known ones', () => {
    expect(rejection('fridge')).toBe('there is no command "fridge"; there are oven, kitchen');
  });

  it('with an unknown option is rejected, by its name', () => {
    expect(rejection('oven', '--heat', '9')).toMatch(
      /^Unknown option '--heat'.*\n"npx .* oven --help" lists the options$/,
    );
  });

  it('with a misspelt command or option is rejected, with the nearest name', () => {
    expect(rejection('ovn')).toBe('there is no command "ovn"; did you mean oven?');
    expect(rejection('oven', '--bred=rye')).toBe('oven has no option --bred: did you mean --bread?');
  });

  it('hands on what follows "--", where a command runs a program', () => {
    expect(parse('kitchen', '--tls', '--', 'python3', 'w.py', '--help')).toMatchObject({
      kind: 'run',
      values: { tls: true },
      program: ['python3', 'w.py', '--help'],
    });
  });

  it('rejects a "--" that nothing follows', () => {
    expect(rejection('kitchen', '--')).toBe('a program must follow after "--"');
  });
});
