import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { daprdPlaces, internalListenArguments } from '../src/daprd.ts';
import { findLocally } from '../src/lookup.ts';
import { script, temporaryFolder } from './support.ts';

let root = '';
let env: NodeJS.ProcessEnv = {};

beforeEach(async () => {
  root = await temporaryFolder();
  env = { WORKER_AUTH_CACHE: join(root, 'cache'), PATH: join(root, 'bin') };
});

describe('daprd', () => {
  it('is the one in DAPRD_PATH before the one on PATH', async () => {
    const mine = await script(join(root, 'mine'), 'echo 1.1.1');
    await script(join(root, 'bin', 'daprd'), 'echo 1.2.2');
    const { found } = await findLocally(daprdPlaces({ ...env, DAPRD_PATH: mine }, root));
    expect(found).toEqual({ path: mine, version: '1.1.1', from: 'DAPRD_PATH' });
  });

  it("is the one on PATH before the one of Dapr's installer", async () => {
    const onPath = await script(join(root, 'bin', 'daprd'), 'echo 1.2.2');
    await script(join(root, '.dapr', 'bin', 'daprd'), 'echo 1.3.3');
    const { found } = await findLocally(daprdPlaces(env, root));
    expect(found).toEqual({ path: onPath, version: '1.2.2', from: 'PATH' });
  });

  it("is the one of Dapr's installer when there is no other", async () => {
    const installed = await script(join(root, '.dapr', 'bin', 'daprd'), 'echo 1.3.3');
    const { found } = await findLocally(daprdPlaces(env, root));
    expect(found).toEqual({ path: installed, version: '1.3.3', from: '~/.dapr/bin/daprd' });
  });
});

describe('the calls between sidecars', () => {
  it('come in on loopback where the help names the flag for it, whatever its exit code', async () => {
    const help = 'echo "      --dapr-internal-grpc-listen-address string   gRPC listen address" >&2; exit 2';
    const daprd = await script(join(root, 'daprd'), help);
    expect(await internalListenArguments(daprd)).toEqual([
      '--dapr-internal-grpc-listen-address',
      '127.0.0.1',
    ]);
  });

  it('come in where daprd likes when it does not', async () => {
    const daprd = await script(join(root, 'daprd'), 'echo "  -dapr-internal-grpc-port string"');
    expect(await internalListenArguments(daprd)).toEqual([]);
  });
});
