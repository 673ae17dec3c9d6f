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

for (const page of pages) {
  for (const fault of faultsOf(readFileSync(join(workspace, page), 'utf8'))) {
    console.error(`${page}: ${fault}`);
    process.exitCode = 1;
  }
}
console.log(`Sentences of ${pages.length} pages read`);
