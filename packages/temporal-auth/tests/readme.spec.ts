import { FakeTemporalFrontend } from '@worker-auth/testing-fakes';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openScene } from './support/scene.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

it('the example of authInterceptor starts its workflow with the token', async () => {
  await using scene = await openScene();
  const env = {
    ATLAN_WORKFLOW_AUTH_URL: scene.oauth.tokenUrl,
    ATLAN_postgres_extraction_client_id: scene.oauth.clientId,
    ATLAN_postgres_extraction_client_secret: scene.oauth.clientSecret,
    TEMPORAL_ADDRESS: `127.0.0.1:${scene.temporal.port}`,
  };
  const example = await runReadmeExample(packageFolder, { index: 'authInterceptor(auth)', env });
  expect(example).toMatchObject({ exitCode: 0, stdout: 'orders\n' });
  expect(scene.temporal.tokensOf('StartWorkflowExecution')).toEqual(scene.issuedFingerprints());
});

it('the example of superviseWorker runs its worker, and ends with exit code 0 on SIGTERM', async () => {
  await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
  const example = await runReadmeExample(packageFolder, {
    index: 'superviseWorker({',
    env: { TEMPORAL_ADDRESS: temporal.address },
    until: temporal.nextCall('PollActivityTaskQueue'),
  });
  expect(example).toMatchObject({ exitCode: 0 });
}, 30_000);
