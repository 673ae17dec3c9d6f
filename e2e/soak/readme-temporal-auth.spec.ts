import { LoopbackServer } from '@worker-auth/testing-fakes';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';

/** Many times what a program takes on a busy machine. */
const timeoutMs = 500_000;
const packageFolder = fileURLToPath(new URL('../../packages/temporal-auth', import.meta.url));

it('the worker of the README runs a workflow with its activity and ends with exit code 0 on SIGTERM', async () => {
  await using temporal = await startTemporalWithGateway();
  const env = { ...temporal.env, ...credentialsInEnvironment(temporal.oauth, 'postgres_extraction') };
  const start = runReadmeExample(packageFolder, { index: 'startWorkflow', env, timeoutMs });
  const files = { 'workflows.ts': 1 };
  const worker = await runReadmeExample(packageFolder, { files, env, until: start, timeoutMs });
  expect(worker).toMatchObject({ exitCode: 0 });
  expect(await start).toMatchObject({ exitCode: 0, stdout: 'orders: 6 rows\n' });
  expect(temporal.gateway.totals.rejected).toBe(0);
});

it('the call to another service of the pages carries the token', async () => {
  await using temporal = await startTemporalWithGateway();
  const received: (string | undefined)[] = [];
  const api = await LoopbackServer.start((request, response) => {
    received.push(request.headers.authorization);
    response.end();
  });
  try {
    const env = { ...temporal.env, ...credentialsInEnvironment(temporal.oauth, 'postgres_extraction') };
    const example = await runReadmeExample(packageFolder, {
      ...{ page: 'docs/client.md', index: 'getAuthenticatedHeaders' },
      env: { ...env, API_URL: api.url },
      timeoutMs,
    });
    expect(example).toMatchObject({ exitCode: 0, stdout: '200\n' });
    expect(received).toEqual([`Bearer ${temporal.oauth.issuedTokens[0] ?? ''}`]);
  } finally {
    await api.stop();
  }
});
