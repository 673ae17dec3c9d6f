// `npm test`, `npm run test:unit` and `npm run check`: every check in order, then one line that counts the tests.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { forgetExamples } from './example-record.ts';

const root = join(import.meta.dirname, '../..');
const unitOnly = process.argv.includes('--unit');
const affectedOnly = process.argv.includes('--affected');
// Nx keeps its cache in the user's home: a clean clone must not pass on the results of another one.
const cacheFlags = process.env['CI'] === 'true' ? ['--skip-nx-cache'] : [];

interface Step {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  /** Whether the run goes on as if nothing had happened when it fails. */
  readonly isOptional?: boolean;
}

const allSteps: Step[] = [
  { title: 'Format', command: ['prettier', '--check', '.'] },
  { title: 'TypeScript project references', command: ['nx', 'sync:check'] },
  {
    title: 'Lint, types, builds and packages',
    command: [
      'nx',
      'run-many',
      '-t',
      'lint',
      'typecheck',
      'build',
      'package-check',
      '--output-style=static',
      ...cacheFlags,
    ],
  },
  // Not from the cache: the closing line counts what ran now.
  {
    title: 'Unit tests',
    command: ['nx', 'run-many', '-t', 'test', '--skip-nx-cache', '--output-style=static'],
  },
  {
    // What a machine cannot have is skipped, or with CI=true fails, in the tests that need it.
    title: 'Real servers: found, fetched or built',
    command: ['node', 'tools/servers/src/cli.ts', 'fetch'],
    isOptional: true,
  },
  {
    title: 'End-to-end tests on real servers',
    // What they need is built by the steps before: not once more, nor from a cache that another clone has filled.
    command: ['nx', 'run', '@worker-auth/e2e:e2e', '--exclude-task-dependencies', '--output-style=stream'],
  },
  {
    title: 'Every TypeScript block of the pages has run',
    command: ['node', '--conditions=@worker-auth/source', 'tools/docs/src/check-examples.ts'],
  },
];

const affectedSteps: Step[] = [
  {
    title: 'Lint, types and unit tests of what changed since main',
    command: ['nx', 'affected', '-t', 'lint', 'typecheck', 'test', '--output-style=static'],
  },
];

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

function reportFiles(): string[] {
  return globSync('{packages/*,tools/*,e2e}/reports/vitest.json', { cwd: root }).map((file) =>
    join(root, file),
  );
}

function runStep({ title, command: [program, ...args], isOptional = false }: Step): boolean {
  console.log(`\n== ${title}`);
  const started = performance.now();
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const passed = status === 0;
  console.log(
    `== ${title}: ${passed ? 'ok' : 'FAILED'} (${((performance.now() - started) / 1000).toFixed(0)} s)`,
  );
  return passed || isOptional;
}

function countTests(): { passed: number; failed: number; skipped: number } {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of reportFiles()) {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    counts.passed += report.numPassedTests;
    counts.failed += report.numFailedTests;
    counts.skipped += report.numPendingTests;
    // A file that could not be loaded holds no tests, and must not pass for one without failures.
    counts.failed += report.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length;
  }
  return counts;
}

for (const file of reportFiles()) rmSync(file);
forgetExamples();
const steps = affectedOnly ? affectedSteps : unitOnly ? allSteps.slice(0, -3) : allSteps;
const failedSteps = steps.filter((step) => !runStep(step)).map(({ title }) => title);
const { passed, failed, skipped } = countTests();
if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join('; ')}`);
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failedSteps.length > 0 || failed > 0 ? 1 : 0;
