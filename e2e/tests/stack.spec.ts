import '../src/fixtures/runtime-log.ts';
import type { Worker } from '@temporalio/worker';
import type { Stack } from '@worker-auth/servers';
import { environment, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayNamed } from '../src/bad-days/bad-day.ts';
import { badDays } from '../src/bad-days/bad-days.ts';
import { runDay } from '../src/bad-days/run-day.ts';
import { groundOn } from '../src/bad-days/stack-ground.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { applicationName, stackServers, startRealStack } from '../src/fixtures/real-stack.ts';
import { runtimeWarnings } from '../src/fixtures/runtime-log.ts';
import { doctorTests } from '../src/stack-tests/doctor.ts';
import { keycloakTokenTests } from '../src/stack-tests/keycloak-tokens.ts';
import { oauthConformanceTests } from '../src/stack-tests/oauth-conformance.ts';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** Much longer than a busy machine keeps a process from its work. */
const lifespanSeconds = 300;
const source = 'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"';

// One stack for all: it takes longer to start than most of these tests take.
await describeWith(stackServers, 'Keycloak, OpenBao, daprd and the authorizing Temporal', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startRealStack(lifespanSeconds, 'in memory');
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  describe('a worker', () => {
    const log = new RecordingLogger();
    const stop = new AbortController();
    let client: TemporalWorkflowClient;
    let worker: Worker;
    let workload: Workload;
    let run: Promise<void>;
    let [tokens, rejections] = [0, 0];

    beforeAll(async () => {
      client = new TemporalWorkflowClient({
        ...{ applicationName, env: stack.env, logger: log },
        credentials: environment({ application: applicationName }),
      });
      client.auth.subscribe(() => tokens++);
      client.on('credentialsRejected', () => rejections++);
      await client.load();
      worker = await client.createWorker({ workflowsPath, activities });
      workload = new Workload(client, 500);
      run = worker.runUntil(workload.run(stop.signal, () => undefined));
    });
    afterAll(async () => {
      stop.abort();
      await run;
      await client.close();
    });

    /** Asks for tokens that the worker does not need yet: of these there are few in a minute. */
    async function moreTokens(count: number): Promise<void> {
      const before = tokens;
      await eventually(`${count} more tokens`, async () => {
        // Rejected while the budget for another try with the new secret is used up.
        await client.auth.refreshToken().catch(() => undefined);
        return tokens >= before + count;
      });
    }

    async function moreWorkflows(): Promise<void> {
      const { completed } = workload.counts;
      await eventually('three more completed workflows', () => workload.counts.completed >= completed + 3);
    }

    it('has its credentials from the vault, through the sidecar', async () => {
      await moreWorkflows();
      expect(log.text()).toContain(source);
    });

    it('works on with refreshed tokens, and no call is rejected', async () => {
      await moreTokens(2);
      await moreWorkflows();
      expect(stack.temporal.logTail(400)).not.toContain('Authorization error');
      expect(log.messages('WARN')).toEqual([]);
    });

    it('takes the client secret that is regenerated in Keycloak and written to OpenBao', async () => {
      const { client: old, keycloak } = stack;
      const clientSecret = await keycloak.regenerateSecret(old.clientId);
      await stack.writeCredentials({ clientId: old.clientId, clientSecret });
      // The first is got with the new secret by a rejected request, the second without.
      await moreTokens(2);
      expect(rejections).toBeGreaterThan(0);
      await moreWorkflows();
      expect(log.messages('WARN')).toEqual([]);
    });

    it('has run all the time: every workflow is complete, and SDK Core met no rejection', async () => {
      expect(worker.getState()).toBe('RUNNING');
      stop.abort();
      await run;
      expect(workload.counts).toMatchObject({ completed: workload.counts.started, failed: 0 });
      // What it says of a slow machine is another matter.
      expect(runtimeWarnings().filter((warning) => /denied|unauth/i.test(warning))).toEqual([]);
    });
  });

  describe('a worker on a bad day', () => {
    const day = dayNamed(badDays, 'key-rotated');

    it(`ends with every workflow complete, and no activity run twice: ${day.title}`, async () => {
      await using ground = await groundOn(stack);
      const [outcome] = await runDay(day, ground);
      const { figures, log } = outcome ?? {};
      expect(figures).toMatchObject({ completed: figures?.started, twice: 0, state: 'RUNNING' });
      // The call that is rejected first says so: a result or a probe.
      expect(log?.map(({ text }) => text).join('\n')).toMatch(/event: (?:temporalProbed|resultPending)/);
    });
  });

  describe('the tokens of Keycloak', () => {
    keycloakTokenTests(() => stack.keycloak);
  });

  describe('MockOAuthServer answers as Keycloak does', () => {
    oauthConformanceTests(() => stack.keycloak);
  });

  describe('the doctor', () => {
    doctorTests(
      () => stack,
      [
        'SECRET_STORE_NO_COMPONENT',
        'SECRET_STORE_ACCESS_DENIED',
        'TOKEN_CLIENT_REJECTED',
        'DOCTOR_PERMISSION_MISSING',
        'DOCTOR_TLS_HANDSHAKE_FAILED',
      ],
    );
  });
});
