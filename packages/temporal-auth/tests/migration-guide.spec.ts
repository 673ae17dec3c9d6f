import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SecretService } from '@worker-auth/secret-store/service';
import { FakeDaprSidecar, LoopbackServer } from '@worker-auth/testing-fakes';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { AtlanAuthClient } from '../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../src/facade/temporal-workflow-client.ts';
import { tokenEnv } from '@worker-auth/calls/tests/example-env';
import { openScene } from './support/scene.ts';

const packageFolder = join(import.meta.dirname, '..');
const page = 'docs/migrate-from-python.md';
const guide = readFileSync(join(packageFolder, page), 'utf8');
const document = { auth: AtlanAuthClient, client: TemporalWorkflowClient, secrets: SecretService };

/** Every `auth.x()`, `client.x()` and `secrets.x()` that the guide tells of. */
const calls = [...guide.matchAll(/\b(auth|client|secrets)\.([a-z][A-Za-z]+)\(/g)].map(
  ([, owner = '', method = '']) => ({ owner: owner as keyof typeof document, method }),
);

it('names what is there', () => {
  expect(new Set(calls.map(({ owner }) => owner)).size).toBe(3);
  for (const { owner, method } of calls) {
    expect(Reflect.get(document[owner].prototype, method), `${owner}.${method}`).toBeTypeOf('function');
  }
});

it('leaves out no method that the Python client has', () => {
  const python = [
    ...['get_access_token', 'get_authenticated_headers', 'is_token_valid', 'get_token_expiry_time'],
    ...['get_time_until_expiry', 'refresh_token', 'clear_cache', 'get_application_name', 'is_auth_enabled'],
    ...['load', 'close', 'start_workflow', 'create_worker', 'get_secret', 'get_credentials', 'auth_manager'],
    ...['workflow_classes', 'passthrough_modules', 'max_concurrent_activities', 'activity_executor'],
    ...['auto_start_token_refresh', 'connect_with_retry', 'application_name', 'namespace', 'auth_enabled'],
    ...['auth_url', 'client_id', 'client_secret', 'WorkflowClient', 'worker.run()', 'SecretStore'],
    ...['ValueError', 'ConnectionError', 'Exception', 'OAuth2 credentials not found'],
    ...['No secret store components found', 'Failed to fetch secret using component'],
  ];
  for (const name of python) expect(guide).toContain(name);
});

it('has an example of tokens for other calls that runs', async () => {
  await using scene = await openScene();
  await using api = await LoopbackServer.start((_request, response) => {
    response.end();
  });
  const env = { ...tokenEnv(scene.oauth), API_URL: api.url };
  const result = await runReadmeExample(packageFolder, { page, index: 'new AtlanAuthClient(', env });
  expect(result).toMatchObject({ exitCode: 0, stdout: '200 true\n' });
});

it('has an example of secrets that runs', async () => {
  const secrets = { 'database-creds': { user: 'extraction', password: 's3cret' } };
  await using sidecar = await FakeDaprSidecar.start({
    components: [{ name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault', secrets }],
  });
  const env = { DAPR_HTTP_ENDPOINT: sidecar.url };
  const result = await runReadmeExample(packageFolder, { page, index: 'new SecretService(', env });
  expect(result).toMatchObject({ exitCode: 0, stdout: 'extraction\n' });
});
