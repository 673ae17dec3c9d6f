import '../src/fixtures/runtime-log.ts';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openTemporal } from '../src/fixtures/temporal-and-client.ts';
import { loaded, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

const second = 'second';
const forMs = 90_000;
const refused = { afterMs: 10_000, forMs: 65_000 };
/** What a workflow may take more than its like by chance, in ms. */
const slackMs = 50;

// The worker beside it is a plain one that has the healthy namespace alone.
it('one of two namespaces on a connection that is refused costs the other one nothing', async () => {
  await using server = await openTemporal(second);
  const { client, workflowBundle } = server;
  await using world = await openGateways(server.address);
  await using beside = await openGateways(server.address);
  world.oauth.permissions = ['default:write', `${second}:write`];
  const replaced: string[] = [];
  world.auth.on('connectionReplaced', ({ reason }) => replaced.push(reason));
  const connection = await world.auth.connectNative();
  const address = `127.0.0.1:${beside.port}`;
  const plain = await NativeConnection.connect({ address, apiKey: beside.oauth.mintToken(), tls: false });
  const load = (namespace: string, taskQueue: string, on: NativeConnection, plugins = [world.auth]) =>
    loaded(
      new Client({ connection: client.connection, namespace }),
      { workflowBundle, taskQueue, namespace, connection: on, ...(on === connection && { plugins }) },
      { forMs },
    );
  const running = Promise.all([
    load('default', 'ours', connection),
    load(second, 'ours', connection),
    load('default', 'plain', plain),
  ]);
  await sleep(refused.afterMs);
  const seen = world.gateways[0]?.connectionsSeen ?? 0;
  world.gateways[0]?.failWith(({ namespace }) => (namespace === second ? 'permissionDenied' : undefined));
  await sleep(refused.forMs);
  world.gateways[0]?.recover();
  const opened = (world.gateways[0]?.connectionsSeen ?? 0) - seen;
  const [ours, ill, ofPlain] = await running;
  // The first ones wait for the worker.
  const longest = ({ durationsMs }: typeof ours): number => Math.max(...durationsMs.slice(10));
  expect(replaced).toEqual([]);
  // Three at first, then one a minute.
  expect(opened).toBeLessThanOrEqual(5);
  expect(longest(ours)).toBeLessThan(1.3 * longest(ofPlain) + slackMs);
  for (const { completed, started, twice } of [ours, ill]) expect([completed, twice]).toEqual([started, 0]);
  await Promise.all([connection.close(), plain.close()]);
});
