// Of lint: reads each page of the repository, and reports long sentences and words to avoid.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf } from './sentences.ts';

const workspace = join(import.meta.dirname, '../../..');
const list = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'];
const pages = execFileSync('git', list, { cwd: workspace, encoding: 'utf8' })
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(workspace, page)));

// Changelogs end with former names, which are words to avoid.
const formerNames = /^### Names, before and after\n[^]*/m;

for (const page of pages) {
  for (const fault of faultsOf(readFileSync(join(workspace, page), 'utf8').replace(formerNames, ''))) {
    console.error(`${page}: ${fault}`);
    process.exitCode = 1;
  }
}
console.log(`Sentences of ${pages.length} pages read`);
