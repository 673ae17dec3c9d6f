import { createHash } from 'node:crypto';
import { globSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

const workspace = join(import.meta.dirname, '../..');

/** One file for each example that ran, below the folder whose page has it: what Nx keeps of a run of tests. */
const recordFolder = join('reports', 'examples');
const recordFiles = `{packages,components,tools}/*/${recordFolder}/*`;

/**
 * Writes down that an example has run to its end, so that those which nothing runs can be told.
 *
 * @param packageFolder the folder of the package
 * @param page path of the page in it
 */
export async function recordExample(packageFolder: string, page: string, code: string): Promise<void> {
  const path = relative(workspace, join(packageFolder, page));
  await mkdir(join(packageFolder, recordFolder), { recursive: true });
  await writeFile(join(packageFolder, recordFolder, exampleKey(path, code)), `${path}\n\n${code}`);
}

/**
 * What an example is recorded by: word for word, and no other of the same page.
 *
 * @param page its path from the top of the repository
 */
export function exampleKey(page: string, code: string): string {
  return createHash('sha256').update(`${page}\n${code}`).digest('hex').slice(0, 16);
}

/** The keys of all examples that have run since they were forgotten. */
export function recordedExamples(): ReadonlySet<string> {
  return new Set(globSync(recordFiles, { cwd: workspace }).map((file) => basename(file)));
}

/** Whatever ran before does not count any more. */
export function forgetExamples(): void {
  for (const file of globSync(recordFiles, { cwd: workspace })) rmSync(join(workspace, file));
}
