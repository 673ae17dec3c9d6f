import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { beforeAll, expect, it } from 'vitest';
import { pluginOf, taskQueue } from '../support/plugin-scene.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil } from '../support/scene.ts';
import { SlowLink } from '../support/slow-link.ts';

beforeAll(quietRuntime);

it('a large result that takes 20 s on a slow link is sent once, on the one connection', async () => {
  await using scene = await openScene();
  await using link = await SlowLink.open(scene.temporal.port);
  await using auth = pluginOf(scene);
  await auth.ready();
  await using opened = new AsyncDisposableStack();
  const connection = await NativeConnection.connect({ address: link.address, plugins: [auth] });
  opened.defer(() => connection.close());
  const direct = Connection.lazy({ address: scene.temporal.address, plugins: [auth] });
  opened.defer(() => direct.close());
  // Core compresses what repeats itself.
  const rows = Array.from({ length: 1_500_000 }, () => String.fromCharCode(32 + Math.random() * 90)).join('');
  const countRows = (): Promise<string> => {
    link.slowDown();
    return Promise.resolve(rows);
  };
  const options = { taskQueue, workflowBundle, connection, activities: { countRows }, plugins: [auth] };
  const worker = await Worker.create(options);
  await worker.runUntil(async () => {
    const handle = await new Client({ connection: direct }).workflow.start('extract', {
      ...{ taskQueue, workflowId: 'extract' },
    });
    await passUntil(scene, () => link.isStanding);
    const endMs = scene.clock.monotonicNow() + 20_000;
    await passUntil(scene, () => scene.clock.monotonicNow() >= endMs);
    link.goOn();
    await scene.temporal.until(() => scene.temporal.passed.has('RespondActivityTaskCompleted'));
    // Time stands still: Core sends it once more, and no clock of the test knows how long that takes.
    expect(((await handle.result()) as unknown) === rows).toBe(true);
  });
  expect(link.bytes).toBeLessThan(2 * rows.length);
  expect([link.connections, scene.log.matching('did not answer')]).toEqual([1, []]);
});
