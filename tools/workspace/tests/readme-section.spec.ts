import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { markdownTable, measurementsPage, readSection, writeSection } from '../readme-section.ts';

let folder: string;
let page: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'section-'));
  page = join(folder, 'README.md');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('replaces what stands between the comments of its section, and nothing else', async () => {
  writeFileSync(
    page,
    '# Title\n\n<!-- a:start -->\n\nold\n\n<!-- a:end -->\n\n<!-- b:start -->b<!-- b:end -->\n',
  );
  await writeSection(page, 'a', 'new');
  const text = readFileSync(page, 'utf8');
  expect(text).toContain('# Title\n\n<!-- a:start -->\n\nnew\n\n<!-- a:end -->\n');
  expect(readSection(page, 'a').trim()).toBe('new');
  expect(readSection(page, 'b').trim()).toBe('b');
});

it('writes a table as Prettier has it', async () => {
  writeFileSync(page, '<!-- a:start --><!-- a:end -->\n');
  await writeSection(page, 'a', markdownTable(['x', 'y'], [['1', '2']]).join('\n'));
  expect(readSection(page, 'a').trim()).toBe('| x   | y   |\n| --- | --- |\n| 1   | 2   |');
});

it.each(['', '<!-- a:start -->', '<!-- a:end -->'])(
  'rejects a page without the section: %j',
  async (text) => {
    writeFileSync(page, text);
    await expect(writeSection(page, 'a', 'new')).rejects.toThrow('<!-- a:start --> … <!-- a:end -->');
    expect(readFileSync(page, 'utf8')).toBe(text);
  },
);

it.each([
  ['bad-days', ['bad-days']],
  ['refresh-scheduler', ['start']],
  ['secret-store', ['start', 'size']],
  ['temporal-auth', ['start', 'bench']],
  ['testing-fakes', ['start']],
  ['token-manager', ['recovery', 'bench']],
])('has figures in each section of the measurements of %s', (name, sections) => {
  for (const section of sections) expect(readSection(measurementsPage(name), section)).toMatch(/\d/);
});
