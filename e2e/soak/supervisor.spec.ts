import '../src/fixtures/runtime-log.ts';
import {
  type CreateWorkerOptions,
  type StartedWorkflow,
  TemporalWorkflowClient,
} from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import type { extraction } from '../src/workload/workflows.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';
import { type HealthPort, openHealthPort } from '../src/fixtures/health-port.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** With fixed pollers, which a rejection of a minute ends for good. */
const type = 'simple-maximum';

/** Of a worker that nobody replaces. */
const lonelyQueue = 'lonely';

/** So many workflows are there when Temporal begins to reject; one of them wants to go on each half second. */
const open = 40;

it('a worker that was rejected until it failed is replaced, back within 15 s, and every workflow completes; its health tells it all', async () => {
  await using temporal = await startTemporalWithGateway();
  const log = new RecordingLogger();
  const options = {
    applicationName: 'e2e-worker',
    env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
  };
  await using client = new TemporalWorkflowClient({ ...options, logger: log });
  await using health = await openHealthPort(client);
  await client.load();
  const workerOptions: CreateWorkerOptions = {
    ...{ workflowsPath, activities },
    workflowTaskPollerBehavior: { type },
    activityTaskPollerBehavior: { type },
  };
  const running = client.runWorker(workerOptions);
  await using lonely = new TemporalWorkflowClient({ ...options, logger: new RecordingLogger() });
  await using lonelyHealth = await openHealthPort(lonely);
  await lonely.load();
  const worker = await lonely.createWorker({ ...workerOptions, taskQueue: lonelyQueue });
  worker.run().catch(() => undefined);
  const start = (
    item: number,
    delayMs: number,
    taskQueue?: string,
  ): Promise<StartedWorkflow<typeof extraction>> =>
    client.startWorkflow<typeof extraction>('extraction', { args: [item], startDelay: delayMs, taskQueue });
  const { handle: first } = await start(0, 0);
  await first.result();
  const started = await Promise.all(Array.from({ length: open }, (_, item) => start(item, item * 500)));
  // An idle poll would be rejected only when it has ended, a minute later.
  await Promise.all(Array.from({ length: open }, (_, item) => start(item, item * 500, lonelyQueue)));

  const becomes = (port: HealthPort, wanted: string): Promise<void> =>
    eventually(wanted, async () => (await port.statuses()) === wanted);
  await Promise.all([health, lonelyHealth].map((port) => becomes(port, '200 200')));
  const seen = new Set<string>();
  temporal.gateway.failWith('permissionDenied');
  await Promise.all([health, lonelyHealth].map((port) => becomes(port, '200 503')));
  await eventually('a failed worker', async () => {
    seen.add(await health.statuses());
    return log.matching('The worker failed').length > 0;
  });
  await becomes(lonelyHealth, '503 503');
  seen.add(await health.statuses());
  temporal.gateway.recover();
  const goodAt = performance.now();
  const { handle } = await start(open, 0);
  expect(await handle.result()).toBe(`item ${open}: ${(open * 37) % 101} rows`);
  const backMs = performance.now() - goodAt;

  expect(backMs).toBeLessThan(15_000);
  expect([...seen]).toEqual(['200 503']);
  await becomes(health, '200 200');
  expect(await lonelyHealth.statuses()).toBe('503 503');
  const results = await Promise.all(started.map((one) => one.handle.result()));
  expect(results).toHaveLength(open);
  expect(log.matching('A new worker runs')).toHaveLength(1);
  // The rejection lasts for longer than an activity may.
  const others = log.messages('ERROR').filter((text) => !text.startsWith('An activity result is abandoned'));
  expect(others).toEqual([]);
  await client.close();
  await running;
});
