import { type ExampleResult, runReadmeExample } from '@worker-auth/workspace/readme-example';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const folder = join(import.meta.dirname, '../..');

/** The pages of the package, as paths in it. */
export const pages: readonly string[] = ['README.md', ...globSync('docs/*.md', { cwd: folder }).sort()];

/** The TypeScript blocks whose output a page shows, each by its number among all of the page and the heading that it stands under. */
export const examples = pages.flatMap((page) => {
  const blocks = readFileSync(join(folder, page), 'utf8').split(/^```ts\n/m);
  return blocks
    .slice(1)
    .map((rest, index) => ({
      page,
      index,
      heading: /.*^#+ (.*?)$/ms.exec(blocks.slice(0, index + 1).join(''))?.[1] ?? '',
      output: /^```text\n(.*?)^```$/ms.exec(rest)?.[1],
    }))
    .filter(({ output }) => output !== undefined);
});

/** Runs one as it stands. */
export async function runExample(place: {
  readonly page: string;
  readonly index: number;
}): Promise<ExampleResult> {
  const result = await runReadmeExample(folder, place);
  return { ...result, stdout: result.stdout.replaceAll(/ +$/gm, '') };
}
