import { expect, it } from 'vitest';
import { type Command, run } from '@worker-auth/calls/command-line';
import { workerAuth } from '../../src/cli/program.ts';
import { runCli } from '../support/cli-run.ts';

const command: Command = {
  ...{ name: 'look', summary: 'Looks.', examples: ['look', 'look --at a'] },
  options: { '--at <place>': 'where', '--from <value>': 'whence', '--twice': 'again' },
  takesProgram: true,
  run: () => Promise.resolve(0),
};

const listening: Command = { ...command, name: 'listen', summary: 'Hears.', takesProgram: false };

/** What a command line prints and ends with, and what its command was given. */
async function ran(args: readonly string[], result: () => Promise<0> = () => Promise.resolve(0)) {
  const [out, error, given]: [string[], string[], unknown[]] = [[], [], []];
  const seen = (one: Command): Command => ({
    ...one,
    run: (values, _host, program) => {
      given.push({ ...values }, program);
      return result();
    },
  });
  const host = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
    paint: (_style: unknown, text: string) => text,
    env: {},
  };
  const commands = [seen(command), seen(listening)];
  const code = await run({ ...workerAuth, commands }, args, host, import.meta.url);
  return { code, out, error, given };
}

it.each<[string[], object, string[]]>([
  [['look', '--at', 'a', '--twice'], { at: 'a', twice: true }, []],
  [
    ['look', '--at', 'a', '--', 'program', '--at', 'b', '--', 'c'],
    { at: 'a' },
    ['program', '--at', 'b', '--', 'c'],
  ],
  [['look', '--'], {}, []],
  [['look', '--', 'program'], {}, ['program']],
  [['listen', '--from', 'a'], { from: 'a' }, []],
])('hands the options and the program over: %j', async (args, values, program) => {
  expect(await ran(args)).toEqual({ code: 0, out: [], error: [], given: [values, program] });
});

it.each<[string[], string]>([
  [['loook'], 'error: there is no command "loook"; there are look and listen'],
  [['look', '--on'], `error: Unknown option '--on'\n"worker-auth look --help" lists the options`],
  [
    ['look', '--at'],
    `error: Option '--at <value>' argument missing\n"worker-auth look --help" lists the options`,
  ],
  [
    ['listen', '--', 'a'],
    `error: Unexpected argument 'a'. This command does not take positional arguments\n"worker-auth listen --help" lists the options`,
  ],
])('rejects %j', async (args, message) => {
  expect(await ran(args)).toEqual({ code: 2, out: [], error: [message], given: [] });
});

it.each([
  [new Error('broken\u0007'), 'error: broken?'],
  ['a text', 'error: a text'],
])('ends with 1 when the command breaks: %s', async (reason, message) => {
  const fail = (): Promise<never> => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what others may throw
    throw reason;
  };
  expect(await ran(['look'], async () => fail())).toMatchObject({ code: 1, error: [message] });
});

it('lists examples as they are typed, and the program where one may follow', async () => {
  const { stdout: token } = await runCli(['token', '--help']);
  expect(token).toContain('\n  curl -H "Authorization: Bearer $(worker-auth token --raw)" https://…');
  expect(token).toMatch(/^Usage: worker-auth token \[options\]$/m);
});
