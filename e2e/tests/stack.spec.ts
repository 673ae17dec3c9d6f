import '../src/fixtures/runtime-log.ts';
import { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { Stack } from '@worker-auth/servers';
import { environment, temporalAuth, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { badDayNamed } from '../src/bad-days/bad-days.ts';
import { runDay } from '../src/bad-days/run-day.ts';
import { groundOn } from '../src/bad-days/stack-ground.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { applicationName, stackServers, startRealStack } from '../src/fixtures/real-stack.ts';
import { requestToken } from '../src/fixtures/request-token.ts';
import { runtimeWarnings } from '../src/fixtures/runtime-log.ts';
import { doctorTests } from '../src/stack-tests/doctor.ts';
import { keycloakTokenTests } from '../src/stack-tests/keycloak-tokens.ts';
import { oauthConformanceTests } from '../src/stack-tests/oauth-conformance.ts';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** Much longer than a busy machine keeps a process from its work. */
const lifespanSeconds = 300;
/** The token is refreshed this often nonetheless, so that the test sees refreshes. */
const refreshEachMs = 4_000;
const source = 'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"';

// One stack for all: it takes longer to start than most of these tests take.
await describeWith(stackServers, 'Keycloak, OpenBao, daprd and the authorizing Temporal', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startRealStack(lifespanSeconds, 'in memory');
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  describe('a stranger', () => {
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    it.each([
      ['URL', ({ keycloak }: Stack) => ({ WORKER_AUTH_TOKEN_URL: keycloak.tokenUrl })],
      [
        'issuer',
        ({ keycloak }: Stack) => ({
          WORKER_AUTH_ISSUER: keycloak.tokenUrl.replace(/\/protocol\/.*/, ''),
        }),
      ],
    ])('needs five variables and two lines for a first workflow, by the %s', async (_by, endpoint) => {
      const variables = {
        ...{ TEMPORAL_ADDRESS: stack.temporal.address, TEMPORAL_NAMESPACE: 'default', ...endpoint(stack) },
        WORKER_AUTH_CLIENT_ID: stack.client.clientId,
        WORKER_AUTH_CLIENT_SECRET: stack.client.clientSecret,
      };
      expect(Object.keys(variables)).toHaveLength(5);
      for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);

      await using auth = temporalAuth();
      const worker = await Worker.create({ taskQueue: 'first', workflowsPath, activities, plugins: [auth] });

      const { connection, workflow } = new Client({ plugins: [auth] });
      const first = { taskQueue: 'first', workflowId: `first-${randomUUID()}`, args: [1] };
      await worker.runUntil(workflow.execute('extraction', first));
      await connection.close();
      expect(auth.health().auth).toMatchObject({
        state: 'valid',
        credentialsSource:
          'environment variables WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET (neutral)',
      });
    });
  });

  describe('a worker', () => {
    const log = new RecordingLogger();
    const stop = new AbortController();
    let client: TemporalWorkflowClient;
    let worker: Worker;
    let workload: Workload;
    let run: Promise<void>;

    beforeAll(async () => {
      client = new TemporalWorkflowClient({
        ...{ applicationName, env: stack.env, logger: log },
        credentials: environment({
          provider: { policy: { minDelayMs: 0, maxDelayMs: refreshEachMs } },
          application: applicationName,
        }),
      });
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

    const tokensSince = (entry: number): number =>
      log.entries.slice(entry).filter(({ message }) => message.startsWith('Access token obtained')).length;

    async function moreWorkflows(): Promise<void> {
      const { completed } = workload.counts;
      await eventually('three more completed workflows', () => workload.counts.completed >= completed + 3);
    }

    it('has its credentials from the vault, through the sidecar', async () => {
      await moreWorkflows();
      expect(log.text()).toContain(source);
    });

    it('works on with refreshed tokens, and no call is rejected', async () => {
      await eventually('two more tokens', () => tokensSince(0) >= 3);
      await moreWorkflows();
      expect(stack.temporal.logTail(400)).not.toContain('Authorization error');
      expect(log.messages('WARN')).toEqual([]);
    });

    it('takes the client secret that is regenerated in Keycloak and written to OpenBao', async () => {
      const { client: old, keycloak } = stack;
      const before = log.entries.length;
      const clientSecret = await keycloak.regenerateSecret(old.clientId);
      await stack.writeCredentials({ clientId: old.clientId, clientSecret });
      expect(await requestToken(keycloak.tokenUrl, old)).toBe(401);
      // The first is got with the new secret by a rejected request, the second without.
      await eventually('two tokens by the new secret', () => tokensSince(before) >= 2);
      await moreWorkflows();
      const [warning] = log.messages('WARN');
      expect(warning).toContain(
        `The OAuth server rejected the client; its credentials are read again from ${source}`,
      );
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
    const day = badDayNamed('key-rotated');

    it(`ends with every workflow complete, and no activity run twice: ${day.title}`, async () => {
      await using ground = await groundOn(stack);
      const [outcome] = await runDay(day, ground, { withControl: false });
      const { figures, log } = outcome ?? {};
      expect(figures).toMatchObject({ completed: figures?.started, twice: 0, state: 'RUNNING' });
      // The call that is rejected first says so: a result or a probe.
      expect(log?.map(({ message }) => message).join('\n')).toMatch(
        /rejects the access token|rejected the call/,
      );
    });
  });

  describe('the tokens of Keycloak', () => {
    keycloakTokenTests(() => stack.keycloak);
  });

  describe('MockOAuthServer answers as Keycloak does', () => {
    oauthConformanceTests(() => stack.keycloak);
  });

  describe('the doctor', () => {
    doctorTests(() => stack, ['credentials', 'secret', 'token-request', 'token-permission', 'temporal-tcp']);
  });
});
