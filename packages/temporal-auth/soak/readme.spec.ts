import {
  ConnectProxy,
  FakeTemporalFrontend,
  MockOAuthServer,
  TestCertificateFolder,
  testCertificates,
} from '@worker-auth/testing-fakes';
import {
  type ExampleOptions,
  type ExampleResult,
  runReadmeExample,
} from '@worker-auth/workspace/readme-example';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { exampleEnv, tokenEnv } from '@worker-auth/calls/tests/example-env';
import { openScene, type Scene } from '../tests/support/scene.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

function runExample({ oauth, temporal }: Scene, options: ExampleOptions): Promise<ExampleResult> {
  const env = { ...tokenEnv(oauth), TEMPORAL_ADDRESS: temporal.address };
  return runReadmeExample(packageFolder, { ...options, env: { ...env, ...options.env } });
}

it.each([
  ['profile', 'docs/network.md', 'profile: true'],
  ['authInterceptor', 'docs/plugin.md', 'authInterceptor(auth)'],
])('the example of %s starts its workflow with the token', async (_name, page, index) => {
  await using scene = await openScene();
  const example = await runExample(scene, { page, index });
  expect(example).toMatchObject({ exitCode: 0, stdout: 'orders\n' });
  expect(scene.temporal.tokensOf('StartWorkflowExecution')).toEqual(scene.issuedFingerprints());
});

it('the example of the plugin runs its workflow', async () => {
  await using scene = await openScene();
  const example = await runExample(scene, {
    ...{ page: 'docs/plugin.md', index: 'temporalAuth()' },
    env: { ATLAN_APPLICATION_NAME: 'postgres-extraction' },
    files: { 'workflows.ts': { index: 1 } },
  });
  expect(example).toMatchObject({ exitCode: 0, stdout: 'orders: 6 rows\n' });
  expect(scene.temporal.totals.rejected).toBe(0);
});

it('the example of superviseWorker runs its worker, and ends with exit code 0 on SIGTERM', async () => {
  await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
  const example = await runReadmeExample(packageFolder, {
    ...{ page: 'docs/workers.md', index: 'superviseWorker({' },
    env: { TEMPORAL_ADDRESS: temporal.address },
    until: temporal.nextCall('PollActivityTaskQueue'),
  });
  expect(example).toMatchObject({ exitCode: 0 });
});

it('the example of healthHandler is ready once its worker polls, and ends with exit code 0 on SIGTERM', async () => {
  await using scene = await openScene();
  const port = await unusedPort();
  const isReady = async (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const ready = expect.poll(isReady, { interval: 100 }).toBe(true);
  const example = await runReadmeExample(packageFolder, {
    ...{ page: 'docs/health.md', index: 'healthHandler(client)' },
    env: { ...exampleEnv(scene), HEALTH_PORT: String(port) },
    until: ready,
  });
  await ready;
  expect(example).toMatchObject({ exitCode: 0 });
});

it('the example of client certificates that rotate starts its workflow with one', async () => {
  await using folder = await TestCertificateFolder.create();
  await folder.issue({ subjectDn: 'CN=postgres-extraction' });
  const { certFile, keyFile, caFile } = folder.files;
  await using temporal = await FakeTemporalFrontend.start({
    ...{ acceptToken: () => true, tls: true, requireClientCertificate: true },
  });
  const example = await runReadmeExample(packageFolder, {
    ...{ page: 'docs/network.md', index: 'certFile: process.env' },
    env: {
      ATLAN_WORKFLOW_PORT: String(temporal.port),
      TLS_CERT_FILE: certFile,
      TLS_KEY_FILE: keyFile,
      TLS_CA_FILE: caFile,
    },
  });
  expect(example).toMatchObject({ exitCode: 0, stdout: 'orders\n' });
  expect(temporal.calls.find(({ method }) => method === 'StartWorkflowExecution')?.clientName).toBe(
    'postgres-extraction',
  );
});

it('the example of tokenSink has the token in its file', async () => {
  await using scene = await openScene();
  await using folder = await TestCertificateFolder.create();
  const env = { ...tokenEnv(scene.oauth), TOKEN_FILE: join(dirname(folder.files.certFile), 'token') };
  const example = await runReadmeExample(packageFolder, { page: 'docs/agent.md', env });
  expect(example).toMatchObject({ exitCode: 0, stdout: 'true\n' });
});

it('the example of diagnose finds nothing wrong where nothing is', async () => {
  await using scene = await openScene();
  const example = await runReadmeExample(packageFolder, {
    ...{ page: 'docs/doctor.md', env: exampleEnv(scene) },
  });
  expect(example).toMatchObject({ exitCode: 0, stdout: 'true [] []\n' });
});

it('the worker of the page on the move from Python polls with a token of the address that stands there', async () => {
  const { ca, ...tls } = testCertificates(['auth.company.com']);
  await using folder = await TestCertificateFolder.create();
  await folder.write({ ca });
  await using oauth = await MockOAuthServer.start({ tls, issuerPath: '/oauth' });
  await using temporal = await FakeTemporalFrontend.start({
    acceptToken: (token) => oauth.issuedTokens.includes(token ?? ''),
  });
  const routes = { 'auth.company.com:443': Number(new URL(oauth.tokenUrl).port) };
  await using proxy = await ConnectProxy.start({ routes });
  const example = await runReadmeExample(packageFolder, {
    page: 'docs/migrate-from-python.md',
    files: { 'workflows.ts': { index: 1 } },
    env: {
      ...exampleEnv({ oauth, temporal }),
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: folder.files.caFile,
    },
    until: temporal.nextCall('PollActivityTaskQueue'),
  });
  expect(example).toMatchObject({ exitCode: 0 });
  expect(proxy.asked).toContain('auth.company.com:443');
  expect(temporal.totals.rejected).toBe(0);
});
