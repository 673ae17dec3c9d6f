// `npm test`, `npm run test:soak` and `npm run check`: every check in order, then one line that counts the tests.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectFolder, relatedSpecs, workspaceEntries } from './related-specs.ts';
import { countTests } from './test-reports.ts';

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

interface Plan {
  readonly steps: readonly Step[];
  /** The servers to fetch and build while the steps run; none for all that there are. Absent without end-to-end tests. */
  readonly servers?: readonly string[];
}

/** Told again at the end, where a log that was cut still has them. */
const maxFailuresTold = 10;

const root = join(import.meta.dirname, '../..');
const [command = 'test', ...filters] = process.argv.slice(2);

// Nx keeps its cache in the user's home: a clean clone must not pass on the results of another one.
const cacheFlags = process.env['CI'] === 'true' ? ['--skip-nx-cache'] : [];

const ringOfRun = { TEST_RING: command === 'soak' ? 'soak' : 'tests' };

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

const endToEndTests: Step = {
  title: 'End-to-end tests on real servers',
  // A step before has built what they need.
  commands: [endToEnd],
};

const plans: Readonly<Record<string, () => Plan>> = {
  test: () => ({
    servers: ['temporal-cli', 'temporal-authorizer', 'daprd', 'openbao', 'keycloak', 'verdaccio'],
    steps: [
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
      endToEndTests,
    ],
  }),
  soak: () => ({
    servers: [],
    steps: [
      { title: 'Builds and site', commands: [nx('run-many', '-t', 'stage', 'docs', ...cacheFlags)] },
      { title: 'Long unit tests', commands: [unitTests] },
      endToEndTests,
    ],
  }),
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
    return {
      steps: [
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
      ],
    };
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

async function runStep(step: Step): Promise<'passed' | 'failed' | 'over'> {
  const { title, commands, folder = '', isOptional, endsRun } = step;
  console.log(`\n== ${title}`);
  const started = performance.now();
  const results = await Promise.all(commands.map((command) => runCommand(command, join(root, folder))));
  const passed = results.every(Boolean);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`== ${title}: ${passed ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (endsRun === true && results[0] !== true) return 'over';
  return passed || isOptional === true ? 'passed' : 'failed';
}

/** @returns whether it succeeded */
function runCommand([program, ...args]: Command, cwd: string): Promise<boolean> {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...ringOfRun },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code === 0);
    });
  });
}

function reportFiles(): string[] {
  return globSync('{packages/*,tools/*,e2e}/reports/vitest*.json', { cwd: root }).map((file) =>
    join(root, file),
  );
}

const plan = plans[command];
if (plan === undefined)
  throw new Error(`No such run: ${command}. There are ${Object.keys(plans).join(', ')}.`);
for (const file of reportFiles()) rmSync(file);
const { servers, steps } = plan();
const fetched =
  servers &&
  runStep({
    // Where a server is missing, its tests are skipped, or with CI=true fail.
    title: 'Real servers: found, fetched or built',
    commands: [['node', 'tools/servers/src/cli.ts', 'fetch', ...servers]],
    isOptional: true,
  });
const failedSteps: string[] = [];
for (const step of steps) {
  if (step === endToEndTests) await fetched;
  const end = await runStep(step);
  if (end !== 'passed') failedSteps.push(step.title);
  if (end === 'over') break;
}
const { passed, failed, skipped, failures } = countTests(reportFiles());
for (const failure of failures.slice(0, maxFailuresTold)) console.log(`\nFailed: ${failure}`);
if (failures.length > maxFailuresTold)
  console.log(`\nFailed: ${failures.length - maxFailuresTold} more, see above`);
if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join('; ')}`);
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failedSteps.length > 0 || failed > 0 ? 1 : 0;
