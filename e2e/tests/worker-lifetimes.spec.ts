import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import { extraction } from '../src/workload/workflows.ts';
import { Workload } from '../src/workload/workload.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

const lifetimeSeconds = 10;

describe('a worker whose tokens live ten seconds', () => {
  it.concurrent(
    'lives through six lifetimes without one refused call and completes every workflow',
    async ({ expect }) => {
      await using temporal = await startGuardedTemporal(lifetimeSeconds);
      await using client = new TemporalWorkflowClient({
        applicationName: 'e2e-worker',
        env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
        logger: new RecordingLogger(),
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
    const options = {
      applicationName: 'e2e-worker',
      env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
      logger: new RecordingLogger(),
    };
    await using client = new TemporalWorkflowClient({ ...options, autoStartTokenRefresh: false });
    // Another client starts the workflows: a call of the worker's own client would renew the token on the way.
    await using starter = new TemporalWorkflowClient(options);
    await client.load();
    await starter.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    await worker.runUntil(async () => {
      const { handle } = await starter.startWorkflow(extraction, { args: [1] });
      expect(await handle.result()).toBe('item 1: 37 rows');
      expect(pollsRefused(temporal.gateway.refused)).toBe(0);
      await eventually('an expired token', 20_000, () => !client.auth.isTokenValid());
      // A poll that began with a good token ends when there is work for it; the next one is refused.
      await starter.startWorkflow(extraction, { args: [2] });
      await eventually('a refused poll', 90_000, () => pollsRefused(temporal.gateway.refused) > 0);
    });
    expect(pollsRefused(temporal.gateway.refused)).toBeGreaterThan(0);
  });
});

function pollsRefused(refused: ReadonlyMap<string, number>): number {
  return (refused.get('PollWorkflowTaskQueue') ?? 0) + (refused.get('PollActivityTaskQueue') ?? 0);
}
