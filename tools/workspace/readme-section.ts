import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const formatter = join(import.meta.dirname, '../../node_modules/.bin/oxfmt');

/** The page of `docs/measurements` with this name. */
export function measurementsPage(name: string): string {
  return join(import.meta.dirname, '../../docs/measurements', `${name}.md`);
}

/**
 * Writes a report between the comments `<!-- name:start -->` and `<!-- name:end -->` of a page.
 *
 * @param page path of a Markdown file
 * @throws Error when the page has no such comments
 */
export async function writeSection(page: string, name: string, report: string): Promise<void> {
  const [before, , after] = sections(page, name);
  const [start, end] = markers(name);
  const text = `${before}${start}\n\n${report}\n\n${end}${after}`;
  await writeFile(page, formatPage(page, text));
}

/** The text as `npm run format` would leave it on the page. */
export function formatPage(page: string, text: string): string {
  return execFileSync(formatter, ['--stdin-filepath', page], { input: text, encoding: 'utf8' });
}

/** What stands between the comments of a section now. */
export function readSection(page: string, name: string): string {
  return sections(page, name)[1];
}

/** The lines of a Markdown table. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
}

function sections(page: string, name: string): readonly [before: string, between: string, after: string] {
  const [start, end] = markers(name);
  const [before, rest] = readFileSync(page, 'utf8').split(start);
  const [between, after] = rest?.split(end) ?? [];
  if (before === undefined || between === undefined || after === undefined) {
    throw new Error(`${page} has no ${start} … ${end}`);
  }
  return [before, between, after];
}

function markers(name: string): readonly [start: string, end: string] {
  return [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
}
