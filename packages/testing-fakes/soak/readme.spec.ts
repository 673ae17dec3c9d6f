import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { secretStoreContract } from '../src/index.ts';
import { examples, folder, runExample } from '../tests/support/readme-examples.ts';

it.each(examples)('the README’s example of $heading prints what it says', async ({ index, output }) => {
  expect(await runExample(index)).toEqual({ exitCode: 0, stdout: output, stderr: '' });
});

it('the README’s example of faults injects each of them', async () => {
  const result = await runReadmeExample(folder, { index: "failWith('html401')" });
  expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

it('the README’s example of a contract is a suite that passes, with a test for each case', async () => {
  const setup = { shape: 'map', canFail: true, create: () => Promise.reject(new Error('not run')) } as const;
  const { exitCode, stdout } = await runReadmeExample(folder, { index: "registerContract('my store'" });
  expect(stdout).toContain(`pass ${secretStoreContract(setup).length}\n`);
  expect(exitCode).toBe(0);
});
