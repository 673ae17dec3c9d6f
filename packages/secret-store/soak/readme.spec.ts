import { join } from 'node:path';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { describe, expect, it } from 'vitest';
import { bundle, component, startFake } from '../tests/support.ts';

const packageFolder = join(import.meta.dirname, '..');

describe('the pages', () => {
  it('start with an example that finds credentials through a sidecar', async () => {
    const { url } = await startFake({
      components: [
        {
          name: component,
          type: 'secretstores.hashicorp.vault',
          secrets: { 'atlan-deployment-secrets': bundle },
        },
      ],
    });
    const { stderr, ...result } = await runReadmeExample(packageFolder, { env: { DAPR_HTTP_ENDPOINT: url } });
    // On a busy machine the read takes longer than a second.
    expect(stderr.replaceAll(/^Waiting for the Dapr sidecar\. .*\n/gm, '')).toBe('');
    expect(result).toEqual({
      exitCode: 0,
      stdout:
        'the-id with a secret of 10 characters, from ' +
        `Dapr secret store component "${component}", secret "atlan-deployment-secrets"\n`,
    });
  });

  it('have an example that finds credentials through a client of the Dapr SDK', async () => {
    const { port } = await startFake({
      components: [
        {
          name: component,
          type: 'secretstores.hashicorp.vault',
          secrets: { 'atlan-deployment-secrets': bundle },
        },
      ],
    });
    const env = { DAPR_HTTP_PORT: String(port) };
    const result = await runReadmeExample(packageFolder, {
      page: 'docs/dapr.md',
      index: 'new DaprClient()',
      env,
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: 'the-id\n' });
  });

  it('have an example that reads a secret, and the credentials that a configuration names', async () => {
    const { url } = await startFake({
      components: [
        {
          name: component,
          type: 'secretstores.aws.secretmanager',
          secrets: { 'database-creds': { username: 'the-user' }, 'cred-123': { password: 'the-password' } },
        },
        {
          name: 'statestore',
          type: 'state.redis',
          state: { 'credential_cred-123': { credentialSource: 'direct', host: 'the-host' } },
        },
      ],
    });
    const env = { DAPR_HTTP_ENDPOINT: url };
    const result = await runReadmeExample(packageFolder, {
      page: 'docs/secret-service.md',
      index: 'new SecretService(',
      env,
    });
    const stdout = 'username credentialSource,host,password\n';
    expect(result).toEqual({ exitCode: 0, stdout, stderr: '' });
  });
});

it('the first example of the README says what it waits for, and at its end what is missing', async () => {
  const env = { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:9' };
  const { exitCode, stderr } = await runReadmeExample(packageFolder, { env });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^Waiting for the Dapr sidecar\. No response from http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)\.\n/,
  );
  expect(stderr).toContain('No Dapr sidecar was ready at http://127.0.0.1:9 within 30000 ms: No response');
  expect(stderr).toContain(
    'ATLAN_postgres_extraction_client_id and ATLAN_postgres_extraction_client_secret are not set',
  );
  expect(stderr).toContain('Set the environment variables ATLAN_postgres_extraction_client_id');
});
