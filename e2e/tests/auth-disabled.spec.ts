import '../src/fixtures/runtime-log.ts';
import { startTemporalDevServer } from '@worker-auth/servers';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

it('works with no token and no request to the OAuth server when ATLAN_WORKFLOW_AUTH_ENABLED is unset', async () => {
  await using temporal = await startTemporalDevServer();
  await using oauth = await MockOAuthServer.start();
  await using sidecar = await FakeDaprSidecar.start();
  const { hostname, port } = new URL(`http://${temporal.address}`);
  await using client = new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    env: {
      ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl,
      ATLAN_WORKFLOW_HOST: hostname,
      ATLAN_WORKFLOW_PORT: port,
      DAPR_HTTP_ENDPOINT: sidecar.url,
    },
    logger: new RecordingLogger(),
  });
  await client.load();
  const worker = await client.createWorker({ workflowsPath, activities });
  const result = await worker.runUntil(async () => {
    const { handle } = await client.startWorkflow<(item: number) => Promise<string>>('extraction', {
      args: [3],
    });
    return handle.result();
  });

  expect(result).toBe('item 3: 10 rows');
  expect(await client.auth.getAccessToken()).toBeUndefined();
  expect(await client.auth.getAuthenticatedHeaders()).toEqual({});
  expect(oauth.requests).toEqual([]);
  expect(sidecar.requests).toEqual([]);
});
