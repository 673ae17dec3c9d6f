import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { LoopbackServer, RecordingLogger } from '@worker-auth/testing-fakes';
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
  await using client = new TemporalWorkflowClient({
    applicationName: 'postgres-extraction',
    env,
    logger: new RecordingLogger(),
  });
  await client.load();
  const { handle } = await client.startWorkflow<(table: string) => Promise<string>>('extract', {
    args: ['orders'],
  });
  const result = handle.result();
  const example = await runReadmeExample(packageFolder, {
    files: { 'workflows.ts': 1 },
    env,
    until: result,
    timeoutMs,
  });
  expect(example).toMatchObject({ exitCode: 0 });
  expect(await result).toBe('orders: 6 rows');
  expect(temporal.gateway.totals.refused).toBe(0);
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
