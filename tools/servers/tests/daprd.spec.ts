import { join } from 'node:path';
import { expect, it } from 'vitest';
import { internalListenArguments } from '../src/daprd.ts';
import { script, temporaryFolder } from './support.ts';

it.each([
  [
    'on loopback where the help names the flag for it, whatever its exit code',
    'echo "      --dapr-internal-grpc-listen-address string   gRPC listen address" >&2; exit 2',
    ['--dapr-internal-grpc-listen-address', '127.0.0.1'],
  ],
  ['where daprd likes when it does not', 'echo "  -dapr-internal-grpc-port string"', []],
])('the calls between sidecars come in %s', async (_where, help, expected) => {
  const daprd = await script(join(await temporaryFolder(), 'daprd'), help);
  expect(await internalListenArguments(daprd)).toEqual(expected);
});
