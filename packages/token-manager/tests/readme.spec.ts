import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer } from './support.ts';

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

  it.each([1, 2, 3])('has an example %i that runs', async (index) => {
    const result = await runReadmeExample(packageFolder, { index });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
