import { expect, it } from 'vitest';
import { examples, runExample } from './support/readme-examples.ts';

it('the README begins with an example that prints what it says', async () => {
  const [first] = examples;
  expect(await runExample(first?.index ?? -1)).toEqual({ exitCode: 0, stdout: first?.output, stderr: '' });
});
