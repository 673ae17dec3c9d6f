import { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { expectAuthenticated, extract, pluginOf } from './support/plugin-scene.ts';
import { openScene } from './support/scene.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

it('a Runtime that was installed before, with a logger and metrics, stays as it is', async () => {
  // The Runtime does not say which port it was given.
  const port = await unusedPort();
  const logger = new RecordingLogger();
  Runtime.install({
    logger,
    telemetryOptions: { metrics: { prometheus: { bindAddress: `127.0.0.1:${port}` } } },
  });
  await using scene = await openScene();
  await using auth = pluginOf(scene);
  const client = new Client({ plugins: [auth] });
  let metrics = '';
  const countRows = async (): Promise<number> => {
    metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return 42;
  };
  expect(await extract(scene, client, { plugins: [auth], activities: { countRows } })).toBe(42);
  expectAuthenticated(scene);
  expect(logger.matching('Worker state changed').length).toBeGreaterThan(0);
  expect(metrics).toContain('temporal_worker_task_slots_used');
  await client.connection.close();
});
