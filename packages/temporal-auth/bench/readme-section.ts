import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const readme = new URL('../README.md', import.meta.url);

/**
 * Writes a report between the README's comments `<!-- name:start -->` and `<!-- name:end -->`.
 *
 * @throws Error when the README has no such comments
 */
export async function writeReadmeSection(name: string, report: string): Promise<void> {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before, rest] = readFileSync(readme, 'utf8').split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${start} … ${end}`);
  const text = `${before}${start}\n\n${report}\n\n${end}${after}`;
  const filepath = readme.pathname;
  writeFileSync(readme, await format(text, { ...(await resolveConfig(filepath)), filepath }));
}

/** The lines of a Markdown table. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
}
