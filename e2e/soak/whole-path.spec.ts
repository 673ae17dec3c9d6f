import '../src/fixtures/runtime-log.ts';
import { type Stack, startAuthorizingTemporal } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { applicationName, stackServers, startRealStack } from '../src/fixtures/real-stack.ts';
import { runtimeWarnings } from '../src/fixtures/runtime-log.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

const lifespanSeconds = 20;
const lifetimes = 5;

await describeWith(stackServers, 'Keycloak, OpenBao, daprd and the authorizing Temporal', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startRealStack(lifespanSeconds);
  }, 300_000);
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
  });

  it.concurrent(
    'a worker lives through five token lifetimes: no workflow fails, no call is rejected, SDK Core warns of nothing',
    async ({ expect }) => {
      const log = new RecordingLogger();
      await using client = new TemporalWorkflowClient({
        applicationName,
        env: stack.env,
        logger: log,
      });
      let tokens = 0;
      client.auth.subscribe(() => tokens++);
      await client.load();
      const worker = await client.createWorker({ workflowsPath, activities });
      const workload = new Workload(client, 1_000);
      const startedAt = performance.now();
      await worker.runUntil(
        workload.run(AbortSignal.timeout((lifetimes * lifespanSeconds + 5) * 1_000), () => undefined),
      );

      expect(performance.now() - startedAt).toBeGreaterThan(lifetimes * lifespanSeconds * 1_000);
      expect(tokens).toBeGreaterThan(lifetimes);
      expect(workload.counts).toMatchObject({ completed: workload.counts.started, failed: 0 });
      expect(workload.counts.completed).toBeGreaterThan(50);
      expect(runtimeWarnings()).toEqual([]);
      expect(stack.temporal.logTail(400)).not.toContain('Authorization error');
      expect(log.entries.filter(({ level }) => level !== 'INFO')).toEqual([]);
      expect(log.text()).toContain(
        'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"',
      );
    },
    240_000,
  );

  it.concurrent(
    'a worker without refresh ends up FAILED',
    async ({ expect }) => {
      const states: string[] = [];
      // Of its own: the log of the other one has to stay free of rejections.
      await using temporal = await startAuthorizingTemporal({ jwksUrl: stack.keycloak.jwksUrl });
      const program = fileURLToPath(new URL('../src/fixtures/worker-without-refresh.ts', import.meta.url));
      const child = spawn(process.execPath, ['--conditions=@worker-auth/source', program], {
        env: { PATH: process.env['PATH'], ...stack.env, ATLAN_WORKFLOW_PORT: String(temporal.port) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        for await (const state of createInterface(child.stdout)) {
          states.push(state);
          if (state === 'FAILED') break;
        }
      } finally {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
      expect(states).toEqual(['RUNNING', 'FAILED']);
      expect(temporal.logTail(400)).toContain('Token is expired');
    },
    240_000,
  );
});
