import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { secretStoreContract } from '../src/index.ts';
import { RawFrontend } from '../tests/support/raw-http2.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(folder, 'README.md'), 'utf8');

/** The TypeScript blocks whose output the README shows, each by its number among all of them and the heading that it stands under. */
const examples = readme
  .split(/^```ts\n/m)
  .slice(1)
  .map((rest, index) => ({
    index,
    heading:
      /.*^#+ (.*?)$/ms.exec(
        readme
          .split(/^```ts\n/m)
          .slice(0, index + 1)
          .join(''),
      )?.[1] ?? '',
    output: /^```text\n(.*?)^```$/ms.exec(rest)?.[1],
  }))
  .filter(({ output }) => output !== undefined);

it.each(examples)('the README’s example of $heading prints what it says', async ({ index, output }) => {
  await using frontend = await RawFrontend.start((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    // An empty message: five bytes of prefix, for any method.
    stream.resume().end(Buffer.alloc(5));
  });
  const result = await runReadmeExample(folder, { index, env: { TEMPORAL_ADDRESS: frontend.address } });
  expect(result.stderr).toBe('');
  expect(result.stdout.replaceAll(/ +$/gm, '')).toBe(output);
  expect(result.exitCode).toBe(0);
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
