import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { examples, folder, runExample } from './support/readme-examples.ts';

it('the README begins with an example that prints what it says', async () => {
  const [first] = examples;
  expect(first).toMatchObject({ page: 'README.md', index: 0 });
  expect(await runExample(first ?? { page: 'README.md', index: 0 })).toEqual({
    exitCode: 0,
    stdout: first?.output,
    stderr: '',
  });
});

it('the README is a page: at most 1,500 words', async () => {
  const words = (await readFile(join(folder, 'README.md'), 'utf8')).split(/\s+/);
  expect(words.length).toBeLessThanOrEqual(1_500);
});
