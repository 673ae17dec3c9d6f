// The last step of `npm run test:soak`: whether each TypeScript block of the pages was run by a test of it, word for word.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedExamples } from '@worker-auth/workspace/example-record';
import { blocksNotRun, pageBlocks, placeOf } from './page-blocks.ts';

const workspace = join(import.meta.dirname, '../../..');
const blocks = pageBlocks(workspace).filter(({ language }) => language === 'ts');
const missing = blocksNotRun(blocks, recordedExamples());

console.log(`${blocks.length - missing.length} of ${blocks.length} have run`);
for (const block of missing) console.log(`${placeOf(block)} was run by no test`);
// Where a server cannot be had, the tests that need it are skipped, and their examples with them.
if (missing.length > 0 && !wasSkipped()) process.exitCode = 1;

function wasSkipped(): boolean {
  const report = join(workspace, 'e2e/reports/vitest.json');
  if (!existsSync(report)) return false;
  return (JSON.parse(readFileSync(report, 'utf8')) as { numPendingTests: number }).numPendingTests > 0;
}
