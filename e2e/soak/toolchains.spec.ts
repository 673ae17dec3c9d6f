import { cleanEnvironment } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledProject, bundledProject } from '../src/bundles/bundled-project.ts';
import { clientProgram, outputOf } from '../src/bundles/programs.ts';
import { compileNames, type Resolution } from '../src/registry/compile-names.ts';
import { type Loading, loadEntries } from '../src/registry/load-entries.ts';
import { packageNames } from '../src/registry/publish-all.ts';
import { compilers, nodes, oldNodes, otherRuntimes } from '../src/registry/toolchains.ts';
import { unknownOf } from '../src/registry/wrong-declarations.ts';

// The packages as they are published, on each runtime and under each compiler that they are for.

const loadings: readonly Loading[] = ['import', 'require', 'resolved'];
const old = await oldNodes();
const { tooOld = '', first = '' } = old ?? {};
const missing = old === undefined ? ' (no package of npm has it for this platform)' : '';
const firstNode = { name: 'Node 22.0.0', program: first, args: [] };
const onNode = (await nodes()).flatMap((runtime) => loadings.map((loading) => ({ runtime, loading })));
const byImport = [...(await otherRuntimes()), ...(old === undefined ? [] : [firstNode])];
const everywhere = [...onNode, ...byImport.map((runtime) => ({ runtime, loading: 'import' as const }))];
const resolutions: readonly Resolution[] = ['nodenext', 'bundler'];
const everyCompiler = (await compilers()).flatMap((compiler) =>
  resolutions.map((resolution) => ({ compiler, resolution })),
);
/** What declarations name, beside what a client needs. */
const peers = ['@dapr/dapr', '@temporalio/worker', '@opentelemetry/sdk-metrics', '@types/node'];
let project: BundledProject;
let expected: Awaited<ReturnType<typeof loadEntries>>;

beforeAll(async () => {
  project = await bundledProject('installed', peers);
  expected = await loadEntries(project, { name: 'Node', program: process.execPath, args: [] }, 'import');
});
afterAll(() => project[Symbol.asyncDispose]());

it('each entry has names', () => {
  expect(Object.values(expected).filter((names) => names.length === 0)).toEqual([]);
});

it.each(everywhere)(
  'each entry exports the same on $runtime.name by $loading',
  async ({ runtime, loading }) => {
    expect(await loadEntries(project, runtime, loading)).toEqual(expected);
  },
);

it.each(everyCompiler)(
  'TypeScript $compiler.version takes the declarations, with `skipLibCheck` off, by $resolution',
  async ({ compiler, resolution }) => {
    const { errors, wrongOthers } = await compileNames(project, compiler, resolution);
    expect(errors).toEqual([]);
    expect(unknownOf(wrongOthers, compiler.version)).toEqual([]);
  },
);

describe.skipIf(old === undefined)(`Node 20.20.2, which is too old,${missing}`, () => {
  const sentence = '@worker-auth packages need Node.js 22 or newer; this is 20.20.2.';
  const ended = (args: readonly string[]): { status: number | null; stderr: string } => {
    const settings = {
      cwd: project.path,
      env: cleanEnvironment(),
      encoding: 'utf8',
      timeout: 120_000,
    } as const;
    const { status, stderr } = spawnSync(tooOld, args, settings);
    return { status, stderr };
  };

  it('is named by each entry that is imported or required', () => {
    for (const load of project.entries.flatMap((entry) => [`import('${entry}')`, `require('${entry}')`])) {
      const { status, stderr } = ended(['--eval', load]);
      expect([load, status, stderr]).toEqual([load, 1, expect.stringContaining(`Error: ${sentence}\n`)]);
    }
  });

  it('is named by each command, in one sentence, with exit code 1', () => {
    const files = packageNames.flatMap((name) => {
      const folder = join(project.path, 'node_modules/@worker-auth', name);
      const { bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly bin?: Readonly<Record<string, string>>;
      };
      return Object.values(bin).map((file) => join(folder, file));
    });
    expect(files).toHaveLength(2);
    for (const file of files) expect(ended([file])).toEqual({ status: 1, stderr: `${sentence}\n` });
  });
});

it.skipIf(old === undefined)(
  `Node 22.0.0, the first that is promised, makes an authenticated call, and runs the commands${missing}`,
  async () => {
    const program = await project.write('client.js', clientProgram);
    await using stack = await fakeStack({ applicationName: 'order-service', frontend: true });
    const env = { ...stack.env, TEMPORAL_ADDRESS: stack.frontend?.address ?? '' };
    expect(await outputOf(program, project.path, env, first)).toBe('default');
    const cli = join(project.path, 'node_modules/@worker-auth/temporal-auth/dist/cli.js');
    const settings = { ...env, ATLAN_APPLICATION_NAME: 'order-service' };
    expect(await outputOf(cli, project.path, settings, first, ['doctor', '--short'])).toBe(
      '✓ All checks passed',
    );
  },
);
