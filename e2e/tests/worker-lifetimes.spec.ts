import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { activities } from '../src/demo/activities.ts';
import { Workload } from '../src/demo/workload.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';
import { recordingLogger } from '../src/fixtures/recording-logger.ts';
import { workflowsPath } from '../src/fixtures/workflows-path.ts';

const lifetimeSeconds = 10;

describe('a worker whose tokens live ten seconds', () => {
  it.concurrent(
    'lives through six lifetimes without one refused call and completes every workflow',
    async ({ expect }) => {
      await using temporal = await startGuardedTemporal(lifetimeSeconds);
      await using client = new TemporalWorkflowClient({
        applicationName: 'e2e-worker',
        env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
        logger: recordingLogger().logger,
      });
      await client.load();
      const worker = await client.createWorker({ workflowsPath, activities });
      const workload = new Workload(client, 1_000);
      await worker.runUntil(
        workload.run(AbortSignal.timeout(6.5 * lifetimeSeconds * 1_000), () => undefined),
      );

      expect(temporal.oauth.tokenRequests.length).toBeGreaterThanOrEqual(7);
      expect(workload.counts).toMatchObject({ completed: workload.counts.started, failed: 0 });
      expect(workload.counts.completed).toBeGreaterThan(50);
      expect(Object.fromEntries(temporal.gateway.refused)).toEqual({});
      expect(temporal.gateway.passed.get('PollActivityTaskQueue')).toBeGreaterThan(0);
    },
  );

  it.concurrent('is refused after one lifetime when refreshing is switched off', async ({ expect }) => {
    await using temporal = await startGuardedTemporal(lifetimeSeconds);
    await using client = new TemporalWorkflowClient({
      applicationName: 'e2e-worker',
      env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
      logger: recordingLogger().logger,
      autoStartTokenRefresh: false,
    });
    await client.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    await worker.runUntil(async () => {
      // Polls that began with a good token end when there is work for them.
      await client.startWorkflow('extraction', { args: [1] });
      await sleep(lifetimeSeconds * 1_000);
      await client.startWorkflow('extraction', { args: [2] }).catch(() => undefined);
      await eventually('a refused poll', 90_000, () => pollsRefused(temporal.gateway.refused) > 0);
    });
    expect(pollsRefused(temporal.gateway.refused)).toBeGreaterThan(0);
  });
});

function pollsRefused(refused: ReadonlyMap<string, number>): number {
  return (refused.get('PollWorkflowTaskQueue') ?? 0) + (refused.get('PollActivityTaskQueue') ?? 0);
}
