// Of lint: reads what people read, and reports long sentences and words to avoid: pages, docstrings, messages, log lines and help.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, faultsOfPage } from './sentences.ts';
import { textsOfSource } from './source-texts.ts';

const workspace = join(import.meta.dirname, '../../..');

const pages = tracked('*.md');
const sources = tracked(
  'packages/*/src/**/*.ts',
  'tools/internal/src/*.ts',
  'tools/calls/src/**/*.ts',
  'tools/ports/src/*.ts',
  'e2e/src/demo/**/*.ts',
  'e2e/src/demo/**/*.js',
  'e2e/src/demo/**/*.html',
);

for (const page of pages) report(page, faultsOfPage(read(page)));
for (const source of sources) {
  const texts = !source.endsWith('.html')
    ? textsOfSource(read(source))
    : [read(source).replaceAll(/<[^>]*>/g, ' ')];
  report(source, texts.flatMap(faultsOf));
}
console.log(`Sentences of ${pages.length} pages and ${sources.length} sources read`);

function tracked(...patterns: readonly string[]): readonly string[] {
  const specs = patterns.map((pattern) => `:(glob)${pattern.replace(/^\*/, '**/*')}`);
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', ...specs];
  return execFileSync('git', list, { cwd: workspace, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(workspace, path)));
}

function read(path: string): string {
  return readFileSync(join(workspace, path), 'utf8');
}

function report(path: string, faults: readonly string[]): void {
  for (const fault of faults) {
    console.error(`${path}: ${fault}`);
    process.exitCode = 1;
  }
}
