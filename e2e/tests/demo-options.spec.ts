import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defaultNames } from '@worker-auth/servers';
import { describe, expect, it } from 'vitest';
import { help, readOptions } from '../src/demo/options.ts';

describe('the options of npm start', () => {
  it('are a minute, and the names of the packages, where nothing is said', () => {
    expect(readOptions([], {})).toEqual({ runMs: 60_000, names: defaultNames });
  });

  it('are the seconds, and the names as "servers up" takes them', () => {
    const args = ['--seconds', '2.5', '--application', 'my-app', '--component', 'vault', '--secret', 'mine'];
    const names = { applicationName: 'my-app', componentName: 'vault', secretName: 'mine' };
    expect(readOptions(args, {})).toEqual({ runMs: 2_500, names });
  });

  it('take the names from the environment', () => {
    expect(readOptions([], { ATLAN_APPLICATION_NAME: 'my-app' })?.names.applicationName).toBe('my-app');
  });

  it.each(['0', '-1', 'x', '', '86401', 'Infinity'])('refuse --seconds=%s', (seconds) => {
    expect(() => readOptions([`--seconds=${seconds}`], {})).toThrow(
      `--seconds takes a number above 0 and up to 86400, not "${seconds}"`,
    );
  });

  it('take a day', () => {
    expect(readOptions(['--seconds', '86400'], {})?.runMs).toBe(86_400_000);
  });

  it.each(['--help', '-h'])('are all in what %s prints', (flag) => {
    expect(readOptions([flag], {})).toBeUndefined();
    for (const option of ['--seconds', '--application', '--component', '--secret', '--help']) {
      expect(help).toContain(`\n  ${option} `);
    }
  });
});

describe('npm start', () => {
  const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url));
  const run = (
    ...args: readonly string[]
  ): Promise<readonly [code: unknown, stdout: string, stderr: string]> =>
    new Promise((resolve) => {
      const command = ['--conditions=@worker-auth/source', main, ...args];
      execFile(process.execPath, command, { timeout: 30_000 }, (error, stdout, stderr) => {
        resolve([error?.code ?? 0, stdout, stderr]);
      });
    });

  it('prints its help, and nothing else', async () => {
    expect(await run('--help')).toEqual([0, `${help}\n`, '']);
  });

  it('says in one line what is wrong with its options', async () => {
    const complaint = 'npm start: Unknown option \'--secondes\'; "npm start -- --help" tells more\n';
    expect(await run('--secondes', '5')).toEqual([2, '', complaint]);
  });
});
