import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..');
const readme = await readFile(join(folder, 'README.md'), 'utf8');

it('the README begins with an example that prints what it says', async () => {
  const [, output] = /^```ts\n.*?^```text\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(await runReadmeExample(folder)).toEqual({ exitCode: 0, stdout: output, stderr: '' });
});
