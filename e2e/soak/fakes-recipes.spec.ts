import { findProgram } from '@worker-auth/servers';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';

const packageFolder = fileURLToPath(new URL('../../packages/testing-fakes', import.meta.url));

await describeWith(['temporal-cli'], 'the recipes of the fakes:', () => {
  it('whole workflows run on a real server with the gateway before it', async () => {
    const { path } = await findProgram('temporal-cli');
    const result = await runReadmeExample(packageFolder, {
      page: 'docs/recipes-temporal.md',
      index: 'TestWorkflowEnvironment.createLocal',
      env: { TEMPORAL_CLI: path },
    });
    // Behind what the server itself says.
    expect(result).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/RUNNING\nexpired\n$/) as string,
    });
  });
});
