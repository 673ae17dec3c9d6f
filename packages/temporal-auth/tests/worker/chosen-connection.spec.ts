import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { FakeClock, FakeTemporalFrontend } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TemporalAuthPlugin } from '../../src/plugin.ts';
import { gatedActivity } from '../support/gated-activity.ts';
import { pluginOf, taskQueue } from '../support/plugin-scene.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { isSettled, openScene, passUntil, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

const completed = 'RespondActivityTaskCompleted';

const count = ({ calls }: FakeTemporalFrontend, method: string): number =>
  calls.filter((call) => call.method === method).length;

/** A worker that runs an activity of the first of two Temporals. */
async function openTwo() {
  await using resources = new AsyncDisposableStack();
  const clock = new FakeClock();
  const scene = resources.use(await openScene({ clock }));
  const { oauth, temporal: first } = scene;
  const acceptToken = (token = ''): boolean => oauth.issuedTokens.includes(token);
  const second = resources.use(await FakeTemporalFrontend.start({ acceptToken }));
  const auth = resources.use(pluginOf(scene));
  const opened = resources.use(new AsyncDisposableStack());
  await auth.ready();
  const open = async (address: string, plugins = [auth]): Promise<NativeConnection> => {
    const connection = await NativeConnection.connect({ address, plugins });
    opened.defer(() => connection.close());
    return connection;
  };
  const connection = await open(first.address);
  const activity = gatedActivity();
  const begun = Promise.withResolvers<Client>();
  const countRows = async (): Promise<number> => {
    begun.resolve(Context.current().client);
    return activity.activities.countRows();
  };
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, connection, plugins: [auth], activities: { countRows } },
  });
  const clientOf = (temporal: FakeTemporalFrontend): Client => {
    const connection = Connection.lazy({ address: temporal.address, plugins: [auth] });
    opened.defer(() => connection.close());
    return new Client({ connection });
  };
  const start = (temporal: FakeTemporalFrontend) =>
    clientOf(temporal).workflow.start('extract', { taskQueue, workflowId: 'extract' });
  const taken = resources.move();
  return {
    ...{ scene, first, second, auth, open, connection, activity, begun: begun.promise, worker, start },
    /** Those that are open at the first: they stay on the connection on which they began. */
    endPolls: () => clock.advance(60_000),
    /** Runs the worker, and ends it. */
    run: async (work: () => Promise<void>): Promise<void> => {
      const running = worker.run();
      try {
        await work();
      } finally {
        worker.shutdown();
        await passUntil(scene, () => clock.advance(60_000).then(() => isSettled(running)));
        await running;
      }
    },
    [Symbol.asyncDispose]: () => taken.disposeAsync(),
  };
}

/** How a user opens the connection that he gives to a running worker. */
const ways: Readonly<Record<string, (auth: TemporalAuthPlugin) => TemporalAuthPlugin[]>> = {
  'with the plugin': (auth) => [auth],
  'without the plugin': () => [],
};

describe('a connection that the user gives to a running worker', () => {
  it.each(Object.keys(ways))('%s has its results, its client, its probes and its polls', async (way) => {
    await using world = await openTwo();
    const { scene, first, second, worker, activity } = world;
    const next = await world.open(second.address, ways[way]?.(world.auth));
    await world.run(async () => {
      await world.start(first);
      await world.begun;
      expect(worker.connection).toBe(world.connection);
      worker.connection = next;
      expect([worker.connection, worker.client?.connection]).toEqual([next, next]);
      activity.end(42);
      await passUntil(scene, () => count(second, completed) > 0);
      const heartbeats = count(first, 'RecordWorkerHeartbeat');
      await passUntil(scene, () => count(second, 'RecordWorkerHeartbeat') > 2);
      expect(count(first, 'RecordWorkerHeartbeat')).toBe(heartbeats);
      await world.endPolls();
      const handle = await world.start(second);
      expect(await settled(scene, handle.result())).toBe(42);
    });
    expect([count(first, completed), second.passed.get(completed)]).toEqual([0, 2]);
  });

  it('has the results that are pending on the one before', async () => {
    await using world = await openTwo();
    const { scene, first, second, worker, activity } = world;
    const next = await world.open(second.address);
    first.failWith('permissionDenied', completed);
    await world.run(async () => {
      await world.start(first);
      await world.begun;
      activity.end(42);
      await passUntil(scene, () => count(first, completed) > 1);
      worker.connection = next;
      await passUntil(scene, () => count(second, completed) > 0);
    });
    expect(count(second, completed)).toBe(1);
    expect(world.auth.health().conditions).toEqual([]);
  });
});
