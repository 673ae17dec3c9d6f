import { fakeStack, LoopbackServer } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { runGuide, shownOutputs, testSummary } from '../tests/support/guide.ts';

const name = 'write-a-secret-back-end';
const [ofTests, ofWorker] = shownOutputs(name);
const files = { 'vault-store.ts': 0 };

it('has a store that keeps all promises of the contract', async () => {
  const { exitCode, stdout } = await runGuide(name, { index: 1, files });
  expect({ exitCode, summary: testSummary(stdout) }).toEqual({ exitCode: 0, summary: ofTests });
});

it('has a worker that finds its credentials there', async () => {
  await using stack = await fakeStack({ frontend: true });
  const { oauth, applicationName } = stack;
  const key = applicationName.replaceAll('-', '_');
  const fields = { [`${key}_client_id`]: oauth.clientId, [`${key}_client_secret`]: oauth.clientSecret };
  await using vault = await LoopbackServer.start((request, response) => {
    const isSecret = request.url === '/v1/secret/data/atlan-deployment-secrets';
    response.statusCode = request.headers['x-vault-token'] !== 't' ? 403 : isSecret ? 200 : 404;
    response.end(JSON.stringify({ data: { data: fields } }));
  });
  const result = await runGuide(name, {
    index: 2,
    files,
    env: { ...stack.env, VAULT_ADDR: vault.url, VAULT_TOKEN: 't' },
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: ofWorker });
});
