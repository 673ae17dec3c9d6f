import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exampleKey, recordedExamples } from '../example-record.ts';
import { runReadmeExample } from '../readme-example.ts';

const tools = join(import.meta.dirname, '../..');

/** A page beside the other tools, where records are looked for, whose first block is this code. */
async function page(code: string) {
  const folder = await mkdtemp(join(tools, 'example-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'README.md'), `\`\`\`ts\n${code}\`\`\`\n`);
  return { folder, key: exampleKey(`tools/${basename(folder)}/README.md`, code) };
}

it('has an example that ran to its end', async () => {
  const { folder, key } = await page('console.log(1);\n');
  expect(recordedExamples().has(key)).toBe(false);
  await runReadmeExample(folder);
  expect(recordedExamples().has(key)).toBe(true);
});

it('does not have one that failed', async () => {
  const { folder, key } = await page('process.exit(1);\n');
  await runReadmeExample(folder);
  expect(recordedExamples().has(key)).toBe(false);
});

it('tells the same code of two pages apart, and two codes of one page', () => {
  const keys = [exampleKey('a.md', 'x'), exampleKey('b.md', 'x'), exampleKey('a.md', 'y')];
  expect(new Set(keys).size).toBe(3);
});
