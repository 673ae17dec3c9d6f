import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defaultNames } from '@worker-auth/servers';
import { describe, expect, it } from 'vitest';
import { help, readOptions } from '../src/demo/options.ts';

describe('the options of npm start', () => {
  it('are a minute, and the names of the packages, where nothing is said', () => {
    const quiet = { chaosSeed: undefined, faultSeconds: 90 };
    expect(readOptions([], {})).toEqual({ runMs: 60_000, names: defaultNames, ...quiet });
  });

  it('are the seconds, and the names as "servers up" takes them', () => {
    const args = ['--seconds', '2.5', '--application', 'my-app', '--component', 'vault', '--secret', 'mine'];
    const names = { applicationName: 'my-app', componentName: 'vault', secretName: 'mine' };
    expect(readOptions(args, {})).toMatchObject({ runMs: 2_500, names });
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

  it('are a seed of chance that is a new one where none is given', () => {
    expect(readOptions(['--chaos', '--seed', '7'], {})?.chaosSeed).toBe(7);
    expect(readOptions(['--chaos'], {})?.chaosSeed).toBeGreaterThan(1_700_000_000);
  });

  it.each(['x', '', '-1', '1.5'])('refuse --seed=%s', (seed) => {
    expect(() => readOptions(['--chaos', `--seed=${seed}`], {})).toThrow(
      `--seed takes a whole number, not "${seed}"`,
    );
  });

  it('refuse a seed without chaos', () => {
    expect(() => readOptions(['--seed', '7'], {})).toThrow('--seed is for --chaos');
  });

  it('are how long a fault lasts at most', () => {
    expect(readOptions(['--fault-seconds', '5'], {})?.faultSeconds).toBe(5);
    expect(() => readOptions(['--fault-seconds', '0'], {})).toThrow('--fault-seconds takes a number above 0');
  });

  it.each(['--help', '-h'])('are all in what %s prints', (flag) => {
    expect(readOptions([flag], {})).toBeUndefined();
    const options = ['--seconds', '--chaos', '--seed', '--fault-seconds', '--application', '--component'];
    for (const option of [...options, '--secret', '--help']) {
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
      execFile(process.execPath, command, { timeout: 240_000 }, (error, stdout, stderr) => {
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
