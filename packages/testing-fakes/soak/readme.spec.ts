import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { examples, folder, runExample } from '../tests/support/readme-examples.ts';

it.each(examples)('the example of $heading in $page prints what it says', async ({ output, ...place }) => {
  expect(await runExample(place)).toEqual({ exitCode: 0, stdout: output, stderr: '' });
});

it('the example of faults injects each of them', async () => {
  const result = await runReadmeExample(folder, {
    page: 'docs/gateway-faults.md',
    index: "failWith('html401')",
  });
  expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

it('the example of a contract is a suite that passes, with a test for each case', async () => {
  const setup = { shape: 'map', canFail: true, create: () => Promise.reject(new Error('not run')) } as const;
  const { exitCode, stdout } = await runReadmeExample(folder, {
    page: 'docs/contracts.md',
    index: "registerContract('my store'",
  });
  expect(stdout).toContain(`pass ${secretStoreContract(setup).length}\n`);
  expect(exitCode).toBe(0);
});
