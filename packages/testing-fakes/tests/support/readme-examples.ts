import { type ExampleResult, runReadmeExample } from '@worker-auth/workspace/readme-example';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const folder = join(import.meta.dirname, '../..');
const blocks = (await readFile(join(folder, 'README.md'), 'utf8')).split(/^```ts\n/m);

/** The TypeScript blocks whose output the README shows, each by its number among all of them and the heading that it stands under. */
export const examples = blocks
  .slice(1)
  .map((rest, index) => ({
    index,
    heading: /.*^#+ (.*?)$/ms.exec(blocks.slice(0, index + 1).join(''))?.[1] ?? '',
    output: /^```text\n(.*?)^```$/ms.exec(rest)?.[1],
  }))
  .filter(({ output }) => output !== undefined);

/** Runs one as it stands. */
export async function runExample(index: number): Promise<ExampleResult> {
  const result = await runReadmeExample(folder, { index });
  return { ...result, stdout: result.stdout.replaceAll(/ +$/gm, '') };
}
