import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import type { ExampleResult } from '@worker-auth/workspace/readme-example';
import { FakeDaprSidecar } from '@worker-auth/testing-fakes';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exampleEnv } from '@worker-auth/calls/tests/example-env';
import { openScene, type Scene } from './support/scene.ts';

// Each runs in a process of its own; those that wait for as long as they say wait beside each other.

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** What stands in the page's block of each. */
const blocks = { errorHandling: 'Authentication failed', retry: 'function connectWithRetry' } as const;

function run(
  scene: Scene,
  block: keyof typeof blocks,
  changes: Readonly<Record<string, string>> = {},
): Promise<ExampleResult> {
  const env = {
    ATLAN_APPLICATION_NAME: 'postgres-extraction',
    ...exampleEnv(scene),
    ...changes,
  };
  return runReadmeExample(packageFolder, { page: 'docs/handle-errors.md', index: blocks[block], env });
}

describe('the example of error handling', () => {
  it('connects when nothing is wrong', async () => {
    await using scene = await openScene();
    expect(await run(scene, 'errorHandling')).toMatchObject({ exitCode: 0, stdout: 'connected\n' });
  });

  it.each([
    [
      'the OAuth server is away',
      { ATLAN_WORKFLOW_AUTH_URL: 'http://127.0.0.1:9/token' },
      /^Cannot connect: /,
    ],
    [
      'the client is rejected',
      { ATLAN_postgres_extraction_client_secret: 'wrong' },
      /^Authentication failed: .*invalid_client/s,
    ],
  ])('says what to do when %s', async (_what, changes, said) => {
    await using scene = await openScene();
    const { exitCode, stdout } = await run(scene, 'errorHandling', changes);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(said);
  });

  it('says where to look when there are no credentials', async () => {
    await using scene = await openScene();
    await using sidecar = await FakeDaprSidecar.start({
      components: [{ name: 'deployment-secret-store', type: 'secretstores.local.env', secrets: {} }],
    });
    const { stdout } = await run(scene, 'errorHandling', {
      ...{ ATLAN_postgres_extraction_client_id: '', ATLAN_postgres_extraction_client_secret: '' },
      DAPR_HTTP_ENDPOINT: sidecar.url,
    });
    expect(stdout).toBe('Check environment variables first, then secret store\n');
  });
});

describe.concurrent('the example of connectWithRetry', () => {
  it.each([
    [
      '401',
      { status: 401, headers: { 'content-type': 'application/json' }, body: '{"error":"invalid_client"}' },
    ],
    ['503', { status: 503 }],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }],
  ])(
    'connects after an answer of %s, with a request for each attempt that makes sense',
    async (_which, answer) => {
      await using scene = await openScene();
      scene.oauth.script([answer, 'proper']);
      const { exitCode, stdout, stderr } = await run(scene, 'retry');
      if (exitCode !== 0) throw new Error(stderr);
      expect(stdout).toBe('connected\n');
      expect(scene.oauth.tokenRequests.map(({ status }) => status)).toEqual([answer.status, 200]);
    },
  );

  it('throws what is wrong when nothing would change it', async () => {
    await using scene = await openScene({ namespaces: [] });
    const { exitCode, stderr } = await run(scene, 'retry');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TEMPORAL_AUTH_NAMESPACE_UNKNOWN');
    expect(scene.oauth.issuedTokens).toHaveLength(1);
  });
});
