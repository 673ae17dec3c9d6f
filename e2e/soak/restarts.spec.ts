import '../src/fixtures/runtime-log.ts';
import type { Stack } from '@worker-auth/servers';
import { ConnectivityError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import type { Worker } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { applicationName, stackServers, startRealStack } from '../src/fixtures/real-stack.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** Long enough to outlive the restart of Keycloak, which takes about ten seconds. */
const lifespanSeconds = 120;

await describeWith(stackServers, 'a worker on Keycloak, OpenBao, daprd and the authorizing Temporal', () => {
  let stack: Stack;
  let client: TemporalWorkflowClient;
  let worker: Worker;
  let workload: Workload;
  let stop: AbortController;
  let run: Promise<void>;
  const log = new RecordingLogger();

  beforeAll(async () => {
    stack = await startRealStack(lifespanSeconds);
  });
  beforeEach(async () => {
    client = new TemporalWorkflowClient({ applicationName, env: stack.env, logger: log });
    await client.load();
    worker = await client.createWorker({ workflowsPath, activities });
    workload = new Workload(client, 1_000);
    stop = new AbortController();
    run = worker.runUntil(workload.run(stop.signal, () => undefined));
    await moreWorkflows();
  });
  afterEach(async () => {
    stop.abort();
    await run;
    await client.close();
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
  });

  async function moreWorkflows(): Promise<void> {
    const { completed } = workload.counts;
    await eventually('three more completed workflows', () => workload.counts.completed >= completed + 3);
    expect(worker.getState()).toBe('RUNNING');
  }

  it('goes on while daprd is away, and reads the credentials from the restarted one', async () => {
    await stack.daprd.halt();
    await client.auth.refreshToken();
    await moreWorkflows();
    await stack.daprd.restart();
    client.auth.clearCache();
    await client.auth.refreshToken();
    await moreWorkflows();
    expect(workload.counts.failed).toBe(0);
  });

  it('goes on while Keycloak is away, and gets tokens from the restarted one', async () => {
    await stack.keycloak.halt();
    await expect(client.auth.refreshToken()).rejects.toThrow(ConnectivityError);
    await moreWorkflows();
    await stack.keycloak.restart();
    let refreshed = false;
    client.auth.subscribe(() => (refreshed = true));
    await eventually('a token of the restarted Keycloak', () => refreshed);
    await moreWorkflows();
    expect(workload.counts.failed).toBe(0);
  });

  it('goes on when Temporal is restarted on the same port, and completes what was started before', async () => {
    const { handle } = await client.startWorkflow('extraction', { args: [1], startDelay: '5 seconds' });
    await stack.temporal.restart();
    await moreWorkflows();
    expect(await handle.result()).toBe('item 1: 37 rows');
    expect(workload.counts.failed).toBe(0);
  });
});
