import '../src/fixtures/runtime-log.ts';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { faults } from '../src/faults/catalogue.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

const refusedMs = 90_000;

const polls = /^Poll/;

it('a worker with fixed pollers that may be parked outlives 90 s in which good tokens are refused', async () => {
  await using temporal = await startGuardedTemporal();
  const { gateway } = temporal;
  const log = new RecordingLogger();
  await using client = new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
    logger: log,
  });
  await client.load();
  const type = 'simple-maximum';
  const worker = await client.createWorker({
    ...{ workflowsPath, activities, parking: true },
    workflowTaskPollerBehavior: { type },
    activityTaskPollerBehavior: { type },
    nexusTaskPollerBehavior: { type },
  });
  const workload = new Workload(client, 1_000);
  await worker.runUntil(async () => {
    const stop = new AbortController();
    const work = workload.run(stop.signal, () => undefined);
    await eventually('a completed workflow', () => workload.counts.completed > 2);

    // Those that start workflows, and ask for their results, pass all the time.
    const mend = await faults['workers-refused'].begin(temporal);
    await eventually('a parked worker', () => log.matching('are parked').length > 0);
    const [counted, refused] = [callsOf(gateway.passed, polls), callsOf(gateway.refused, polls)];
    await sleep(refusedMs);
    expect([callsOf(gateway.passed, polls), callsOf(gateway.refused, polls)]).toEqual([counted, refused]);

    await mend();
    const told = callsOf(gateway.passed, /^RespondActivity/);
    await eventually('an outcome', () => callsOf(gateway.passed, /^RespondActivity/) > told);
    expect(worker.getState()).toBe('RUNNING');
    stop.abort();
    await work;
  });
  expect(workload.counts).toMatchObject({ completed: workload.counts.started, failed: 0 });
  expect(workload.counts.completed).toBeGreaterThan(90);
}, 240_000);

function callsOf(counts: ReadonlyMap<string, number>, method: RegExp): number {
  return [...counts].reduce((sum, [name, count]) => (method.test(name) ? sum + count : sum), 0);
}
