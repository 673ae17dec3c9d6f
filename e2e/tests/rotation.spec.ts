import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import { Workload } from '../src/workload/workload.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { applicationName, stackServers, startRealStack } from '../src/fixtures/real-stack.ts';
import { runtimeWarnings } from '../src/fixtures/runtime-log.ts';
import { requestToken } from '../src/fixtures/request-token.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

const lifespanSeconds = 20;
const stepMs = 60_000;
const source = 'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"';

await describeWith(
  stackServers,
  'a client secret that is regenerated in Keycloak and written to OpenBao',
  () => {
    it('reaches the running worker: no workflow fails, and the log says what happened', async () => {
      await using stack = await startRealStack(lifespanSeconds);
      const { keycloak, client: old } = stack;
      const log = new RecordingLogger();
      await using client = new TemporalWorkflowClient({
        applicationName,
        env: stack.env,
        logger: log,
      });
      await client.load();
      const worker = await client.createWorker({ workflowsPath, activities });
      const workload = new Workload(client, 1_000);
      let rotatedAtEntry = 0;
      await worker.runUntil(async () => {
        const stop = new AbortController();
        const work = workload.run(stop.signal, () => undefined);
        await eventually('a completed workflow', stepMs, () => workload.counts.completed > 0);

        rotatedAtEntry = log.entries.length;
        const clientSecret = await keycloak.regenerateSecret(old.clientId);
        await stack.writeCredentials({ clientId: old.clientId, clientSecret });
        expect(await requestToken(keycloak.tokenUrl, old)).toBe(401);

        // The first is got with the new secret by a rejected request, the second without.
        await eventually('two tokens by the new secret', stepMs, () => tokensSince(log, rotatedAtEntry) >= 2);
        expect(worker.getState()).toBe('RUNNING');
        const { completed } = workload.counts;
        await eventually('workflows with them', stepMs, () => workload.counts.completed >= completed + 3);
        stop.abort();
        await work;
      });

      expect(workload.counts).toMatchObject({ completed: workload.counts.started, failed: 0 });
      expect(log.entries.slice(rotatedAtEntry).map(({ level, message }) => `${level} ${message}`)).toEqual([
        `WARN The OAuth server rejected the client; its credentials are read again from ${source}: The token endpoint answered ` +
          '401 unauthorized_client: Invalid client or Invalid client credentials. Check the client id and secret and how the ' +
          'client is to authenticate',
        ...Array<string>(tokensSince(log, rotatedAtEntry)).fill(
          `INFO Access token obtained with the credentials from ${source}`,
        ),
      ]);
      expect(runtimeWarnings()).toEqual([]);
      expect(stack.temporal.logTail(400)).not.toContain('Authorization error');
    }, 300_000);
  },
);

function tokensSince(log: RecordingLogger, entry: number): number {
  return log.entries.slice(entry).filter(({ message }) => message.startsWith('Access token obtained')).length;
}
