import { type StartedWorkflow, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import type { extraction } from '../src/workload/workflows.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** With fixed pollers, which a refusal of a minute ends for good. */
const type = 'simple-maximum';

/** So many workflows are there when Temporal begins to refuse; one of them wants to go on each half second. */
const open = 40;

it('a worker that was refused until it failed is replaced, back within 15 s, and every workflow completes', async () => {
  await using temporal = await startGuardedTemporal();
  const log = new RecordingLogger();
  await using client = new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
    logger: log,
  });
  await client.load();
  const running = client.runWorker({
    ...{ workflowsPath, activities },
    workflowTaskPollerBehavior: { type },
    activityTaskPollerBehavior: { type },
  });
  const start = (item: number, delayMs: number): Promise<StartedWorkflow<typeof extraction>> =>
    client.startWorkflow<typeof extraction>('extraction', { args: [item], startDelay: delayMs });
  const { handle: first } = await start(0, 0);
  await first.result();
  const started = await Promise.all(Array.from({ length: open }, (_, item) => start(item, item * 500)));

  temporal.gateway.failWith('permissionDenied');
  await eventually('a failed worker', 150_000, () => log.matching('The worker failed').length > 0);
  temporal.gateway.recover();
  const goodAt = performance.now();
  const { handle } = await start(open, 0);
  expect(await handle.result()).toBe(`item ${open}: ${(open * 37) % 101} rows`);
  const backMs = performance.now() - goodAt;

  expect(backMs).toBeLessThan(15_000);
  const results = await Promise.all(started.map((one) => one.handle.result()));
  expect(results).toHaveLength(open);
  expect(log.matching('A new worker runs')).toHaveLength(1);
  expect(log.messages('ERROR')).toEqual([]);
  await client.close();
  await running;
}, 240_000);
