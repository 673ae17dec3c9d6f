import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/**
 * Writes a report between the comments `<!-- name:start -->` and `<!-- name:end -->` of a package's README.
 *
 * @param packageFolder the package's folder, with the README.md in it
 * @throws Error when the README has no such comments
 */
export async function writeReadmeSection(packageFolder: string, name: string, report: string): Promise<void> {
  const readme = join(packageFolder, 'README.md');
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before, rest] = readFileSync(readme, 'utf8').split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${start} … ${end}`);
  const text = `${before}${start}\n\n${report}\n\n${end}${after}`;
  writeFileSync(readme, await format(text, { ...(await resolveConfig(readme)), filepath: readme }));
}

/** The lines of a Markdown table. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
}
