import '../src/fixtures/one-protobufjs.ts';
import '../src/fixtures/runtime-log.ts';
import { Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { type Gateways, openGateways } from '../src/fixtures/worker-behind-gateways.ts';
import { features } from '../src/sdk-features/features.ts';
import { type Found, useFeatures } from '../src/sdk-features/use-features.ts';

// Each feature of the SDK, half of it before three refreshes and a rejection of every call for 10 s, half of it after that.

const rejectionMs = 10_000;
const resources = new AsyncDisposableStack();
let world: Gateways;
let ours: Found;
let plain: Found;

beforeAll(async () => {
  const server = resources.use(await startTemporalDevServer());
  world = resources.use(await openGateways(server.address, { lifetimeSeconds: 20 }));
  await world.auth.ready();
  const connection = await Connection.connect({ address: server.address });
  resources.defer(() => connection.close());
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../src/sdk-features/workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const common = { connection, workflowBundle };
  [ours, plain] = await Promise.all([
    useFeatures({
      ...{ ...common, name: 'ours', address: `127.0.0.1:${world.port}`, plugins: [world.auth] },
      halfWay: async (open, during) => {
        const wanted = world.oauth.issuedTokens.length + 3;
        await eventually('three refreshes', () => world.oauth.issuedTokens.length >= wanted);
        world.gateways[0]?.failWith('permissionDenied');
        open();
        await during();
        await sleep(rejectionMs);
        world.gateways[0]?.recover();
      },
    }),
    useFeatures({
      ...{ ...common, name: 'plain', address: server.address, plugins: [] },
      halfWay: async (open, during) => {
        open();
        await during();
      },
    }),
  ]);
});

afterAll(() => resources.disposeAsync());

it.each(Object.keys(features))('%s: as with plain Temporal', (feature) => {
  expect(plain.outcomes[feature]).toBeDefined();
  expect(ours.outcomes[feature]).toEqual(plain.outcomes[feature]);
});

it('no activity ran twice, though results were rejected', () => {
  expect(world.count(/^RespondActivityTask/, 'rejected')).toBeGreaterThan(5);
  expect(ours.runs).toEqual(plain.runs);
});

it('a chain of runs tells which run came before each, and that the workflow began it', () => {
  const workflow = 1;
  expect(ours.outcomes['continue-as-new']).toEqual({
    result: 'run 0',
    chain: [
      { initiator: 0, before: -1, first: 0, own: 0 },
      { initiator: workflow, before: 0, first: 0, own: 1 },
      { initiator: workflow, before: 1, first: 0, own: 2 },
    ],
  });
});
