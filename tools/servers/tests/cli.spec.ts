import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { timeout: 100_000 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

it('tells of its commands and of the options of "up"', async () => {
  const { code, stdout, stderr } = await run('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/-- up \[OPTIONS\].+--application NAME.+--component NAME.+--secret NAME/s);
});

it.each([
  [['down'], 'there is no command "down"'],
  [['up', '--secrets', 'mine'], "Unknown option '--secrets'"],
  [['up', '--secret', 'a b'], '--secret takes letters, digits and . _ - / alone, not "a b"'],
  [['fetch', 'oracle'], 'there is no server "oracle"'],
  [['fetch', '--secret', 'mine'], '--secret is an option of "up" alone'],
])('says in one line what is wrong with %j', async (args, complaint) => {
  expect(await run(...args)).toEqual({
    code: 2,
    stdout: '',
    stderr: `npm run servers: ${complaint}; "npm run servers -- --help" tells more\n`,
  });
});
