import { LoopbackServer } from '@worker-auth/testing-fakes';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../tests/support.ts';

const packageFolder = join(import.meta.dirname, '..');

describe('the README', () => {
  it('starts with an example that gets a token', async () => {
    const server = await startServer();
    const result = await runReadmeExample(packageFolder, {
      env: { TOKEN_URL: server.tokenUrl, CLIENT_ID: server.clientId, CLIENT_SECRET: server.clientSecret },
    });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(/^true true \d{4}-/);
  });

  it('has an example that asks for another token in place of a rejected one', async () => {
    const server = await startServer({ clientId: 'worker' });
    await using api = await LoopbackServer.start((request, response) => {
      response.statusCode = request.headers.authorization === `Bearer ${server.issuedTokens[0]}` ? 401 : 200;
      response.end();
    });
    const result = await runReadmeExample(packageFolder, {
      index: 'rejectedToken: token',
      env: { ISSUER: server.issuer, CLIENT_SECRET: server.clientSecret, API_URL: api.url },
    });
    expect(result).toEqual({ exitCode: 0, stdout: '200\n', stderr: '' });
    expect(server.issuedTokens).toHaveLength(2);
  });

  it('links to an example that keeps the token in a file', async () => {
    const server = await startServer({ clientId: 'worker' });
    const folder = await mkdtemp(join(tmpdir(), 'readme-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'token');
    const result = await runReadmeExample(packageFolder, {
      ...{ page: 'docs/file-tokens.md', index: 'tokenSink(tokens' },
      env: { ISSUER: server.issuer, CLIENT_SECRET: server.clientSecret, TOKEN_FILE: path },
    });
    expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await readFile(path, 'utf8')).toBe(server.issuedTokens[0]);
  });
});

it.each([
  ['docs/providers.md', 'providers.auth0,'],
  ['docs/client-authentication.md', 'privateKeyJwt('],
  ['docs/client-authentication.md', 'awsWebIdentity('],
  ['docs/file-tokens.md', 'fileTokenSource('],
])('%s has an example of %s that runs', async (page, index) => {
  const result = await runReadmeExample(packageFolder, { page, index });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
});
