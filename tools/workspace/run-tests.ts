// `npm test`, the other rings and `npm run check`: every check in order, then one line that counts the tests.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectFolder, relatedSpecs, workspaceEntries } from './related-specs.ts';
import { countTests, type TestCounts } from './test-reports.ts';

type Command = readonly [program: string, ...args: string[]];

interface Step {
  readonly title: string;
  /** They run beside each other. */
  readonly commands: readonly Command[];
  /** Whether the run passes although this step fails. */
  readonly isOptional?: boolean;
  /** Whether nothing after it runs when its first command fails. */
  readonly endsRun?: boolean;
  /** Where its commands run. Default the top folder. */
  readonly folder?: string;
}

/** Told again at the end, where a log that was cut still has them. */
const maxFailuresTold = 10;

const root = join(import.meta.dirname, '../..');
const [command = 'tests', ...filters] = process.argv.slice(2);

/** The plans to run. `.ci/run` names two of them: one run, one count. */
const rings = process.env['TEST_RINGS']?.split(' ') ?? [command];

// Nx keeps its cache in the user's home: a clean clone must not pass on the results of another one.
const cacheFlags = process.env['CI'] === 'true' ? ['--skip-nx-cache'] : [];

const nx = (...args: string[]): Command => ['nx', '--output-style=static', ...args];

const sentences: Command = ['node', 'tools/docs/src/check-sentences.ts'];

/** The code that `npm run check` looks at. */
const inProject = /^(?:packages\/[^/]+|tools\/[^/]+|e2e)\/.*\.(?:ts|mjs)$/;

// Not from the cache: the last line counts what ran now.
const unitTests = nx('run-many', '-t', 'test', '--skip-nx-cache', '--', ...filters);

// Streamed: it takes minutes.
const endToEnd: Command = [
  'nx',
  ...['run', '@worker-auth/e2e:e2e', '--exclude-task-dependencies', '--output-style=stream', '--'],
  ...filters,
];

/** None for all that there are. Where a server is missing, its tests are skipped, or with CI=true fail. */
const fetched = (...servers: string[]): Step => ({
  title: 'Real servers: found, fetched or built',
  commands: [['node', 'tools/servers/src/cli.ts', 'fetch', ...servers]],
  isOptional: true,
});

const plans: Readonly<Record<string, () => readonly Step[]>> = {
  tests: () => [
    {
      title: 'Format, types and lint',
      commands: [
        ['npm', 'run', '--silent', 'lint'],
        ['oxfmt', '--check'],
        ['tsc', '-b'],
      ],
    },
    {
      title: 'Unit tests, builds and packages',
      commands: [unitTests, nx('run-many', '-t', 'package-check', ...cacheFlags)],
    },
    { title: 'End-to-end tests', commands: [endToEnd] },
  ],
  // On the sources: servers alone are built.
  servers: () => [
    fetched('temporal-cli', 'temporal-authorizer', 'daprd', 'openbao', 'keycloak', 'temporalio'),
    { title: 'Tests on real servers', commands: [endToEnd] },
  ],
  soak: () => [
    fetched(),
    { title: 'Builds and site', commands: [nx('run-many', '-t', 'stage', 'docs', ...cacheFlags)] },
    { title: 'Long unit tests', commands: [unitTests] },
    { title: 'Long tests on real servers', commands: [endToEnd] },
  ],
  check: () => {
    const changed = changedFiles().filter((file) => inProject.test(relative(root, file)));
    const sources = globSync('{packages,tools}/*/{*.ts,{src,tests}/**/*.ts}', { cwd: root });
    const { specs, left } = relatedSpecs(
      root,
      changed,
      sources.map((file) => join(root, file)),
      workspaceEntries(globSync(join(root, '{packages,tools}/*/package.json'))),
    );
    if (left > 0) console.log(`The ${specs.length} nearest specs; ${left} more depend on what changed.`);
    const folderOf = (file: string): string => projectFolder(root, file);
    const folders = [...new Set(changed.map(folderOf))];
    return [
      // Without it the linter leaves out who may import whom.
      ...(existsSync(join(root, '.nx/workspace-data/project-graph.json'))
        ? []
        : [{ title: 'Graph of the projects', commands: [nx('show', 'projects')] }]),
      {
        title: 'Types and lint of what changed since main',
        commands: [
          ...(folders.length > 0 ? [['tsc', '-b', ...folders] as const] : []),
          sentences,
          ...(changed.length > 0 ? [['oxlint', ...changed] as const] : []),
        ],
        endsRun: folders.length > 0,
      },
      ...[...new Set(specs.map(folderOf))].map((folder) => ({
        title: `Unit tests nearest to it: ${folder}`,
        commands: [['vitest', 'run', ...specs.filter((spec) => folderOf(spec) === folder)] as const],
        folder,
      })),
    ];
  },
};

/** The files that differ from main: committed since, changed, or not tracked yet. Deleted files are left out. */
function changedFiles(): readonly string[] {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const git = (...args: string[]): string[] => execFileSync('git', [...args, '-z'], options).split('\0');
  const names = [
    ...git('diff', '--name-only', '--diff-filter=d', '--merge-base', 'main'),
    ...git('ls-files', '--others', '--exclude-standard'),
  ];
  return names.filter((name) => name !== '').map((name) => join(root, name));
}

async function runStep(ring: string, step: Step): Promise<'passed' | 'failed' | 'over'> {
  const { title, commands, folder = '', isOptional, endsRun } = step;
  console.log(`\n== ${title}`);
  const started = performance.now();
  const results = await Promise.all(commands.map((command) => runCommand(ring, command, join(root, folder))));
  const passed = results.every(Boolean);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`== ${title}: ${passed ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (endsRun === true && results[0] !== true) return 'over';
  return passed || isOptional === true ? 'passed' : 'failed';
}

/** @returns whether it succeeded */
function runCommand(ring: string, [program, ...args]: Command, cwd: string): Promise<boolean> {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TEST_RING: ring === 'check' ? 'tests' : ring },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code === 0);
    });
  });
}

function reportFiles(ring = '*'): string[] {
  return globSync(`{packages/*,tools/*,e2e}/reports/vitest-${ring}.json`, { cwd: root }).map((file) =>
    join(root, file),
  );
}

function inWords({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

for (const file of reportFiles()) rmSync(file);
const failedSteps: string[] = [];
for (const ring of rings) {
  const plan = plans[ring];
  if (plan === undefined)
    throw new Error(`No such run: ${ring}. There are ${Object.keys(plans).join(', ')}.`);
  for (const step of plan()) {
    const end = await runStep(ring, step);
    if (end !== 'passed') failedSteps.push(step.title);
    if (end === 'over') break;
  }
  if (rings.length > 1) console.log(`\n== Ring ${ring}: ${inWords(countTests(reportFiles(ring)))}`);
}
const total = countTests(reportFiles());
const { failed, failures } = total;
for (const failure of failures.slice(0, maxFailuresTold)) console.log(`\nFailed: ${failure}`);
if (failures.length > maxFailuresTold)
  console.log(`\nFailed: ${failures.length - maxFailuresTold} more, see above`);
if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join('; ')}`);
console.log(`\n${inWords(total)}`);
process.exitCode = failedSteps.length > 0 || failed > 0 ? 1 : 0;
