import '../src/fixtures/runtime-log.ts';
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
import { workflowsPath } from '../src/bad-days/workflow-bundle.ts';
import { activities, underLoad } from '../src/fixtures/under-load.ts';

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

  it('a worker has its credentials from the vault, and works on with refreshed tokens and another secret, and no call is rejected', async () => {
    const log = new RecordingLogger();
    await using client = new TemporalWorkflowClient({
      ...{ applicationName, env: stack.env, logger: log },
      credentials: environment({ application: applicationName }),
    });
    let [tokens, rejections] = [0, 0];
    client.auth.subscribe(() => tokens++);
    client.on('credentialsRejected', () => rejections++);
    await client.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    await underLoad(client, worker, async ({ completedAtMs }) => {
      /** Asks for tokens that the worker does not need yet: of these there are few in a minute. */
      const moreTokens = async (count: number): Promise<void> => {
        const before = tokens;
        await eventually(`${count} more tokens`, async () => {
          // Rejected while the budget for another try with the new secret is used up.
          await client.auth.refreshToken().catch(() => undefined);
          return tokens >= before + count;
        });
      };
      const moreWorkflows = async (): Promise<void> => {
        const { size } = completedAtMs;
        await eventually('three more completed workflows', () => completedAtMs.size >= size + 3);
      };
      await moreWorkflows();
      expect(log.text()).toContain(source);
      await moreTokens(2);
      await moreWorkflows();
      const { client: old, keycloak } = stack;
      const clientSecret = await keycloak.regenerateSecret(old.clientId);
      await stack.writeCredentials({ clientId: old.clientId, clientSecret });
      // The first is got with the new secret by a rejected request, the second without.
      await moreTokens(2);
      expect(rejections).toBeGreaterThan(0);
      await moreWorkflows();
      expect(worker.getState()).toBe('RUNNING');
    });
    expect(stack.temporal.logTail(400)).not.toContain('Authorization error');
    expect(log.messages('WARN')).toEqual([]);
    // What it says of a slow machine is another matter.
    expect(runtimeWarnings().filter((warning) => /denied|unauth/i.test(warning))).toEqual([]);
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
