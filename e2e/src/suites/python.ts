import { cached, cleanEnvironment, runCommand } from '@worker-auth/servers';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commitOf, digest, outputOf } from './program.ts';
import { proxiedLanes, startProxied } from './proxied.ts';
import { notRunFor, type Outcome, type Outcomes, type Suite } from './suite.ts';

const outcomes: Readonly<Record<string, Outcome>> = {
  ...{ PASSED: 'passed', XFAIL: 'passed', FAILED: 'failed', ERROR: 'failed', XPASS: 'failed' },
  SKIPPED: 'skipped',
};
const requirements = [
  ...['pytest==9.0.*', 'pytest-asyncio>=0.21,<0.22', 'pytest-timeout~=2.2', 'psutil', 'httpx'],
  ...['pydantic', 'grpcio', 'cryptography', 'opentelemetry-api', 'opentelemetry-sdk', 'async-timeout'],
];

/** The tests of Temporal's SDK for Python. */
export const python: Suite = {
  name: 'python',
  title: 'temporalio/sdk-python, `tests/`, with temporalio from PyPI',
  lanes: proxiedLanes,
  filesOf: async (clone) => {
    const files = await readdir(join(clone, 'tests'), { recursive: true });
    return files.filter((file) => /(^|\/)test_\w+\.py$/.test(file)).sort();
  },
  notRun: {
    contrib: 'needs products of others',
    'worker/workflow_sandbox': 'has no server',
    ...notRunFor('is for a type checker', [
      ...['test_activity_type_errors.py', 'test_client_type_errors.py', 'test_type_errors.py'],
      'nexus/test_nexus_type_errors.py',
    ]),
    ...notRunFor('needs what is newer than the release', [
      ...['nexus/test_operation_token.py', 'nexus/test_workflow_caller_errors.py'],
      ...['test_converter.py', 'test_runtime.py', 'test_service.py'],
    ]),
    'test_cloud.py': 'needs an account of Temporal Cloud',
    'test_prepare_release.py': "is for the SDK's own releases",
    testing: "needs Temporal's server that skips time",
  },
  open: async (clone) => {
    const [, version = ''] =
      /^version = "(.+)"/m.exec(await readFile(join(clone, 'pyproject.toml'), 'utf8')) ?? [];
    const wanted = [`temporalio==${version}`, ...requirements];
    const project = await cached(
      { name: `suites-python-${digest(await commitOf(clone), ...wanted)}`, proof: 'pyproject.toml' },
      async (target) => {
        await runCommand('python3', ['-m', 'venv', target]);
        await runCommand(join(target, 'bin/python'), ['-m', 'pip', '--quiet', 'install', ...wanted]);
        // Beside the clone's sources, which have no Core, its tests would import these.
        await cp(join(clone, 'tests'), join(target, 'tests'), { recursive: true });
        await cp(join(clone, 'pyproject.toml'), join(target, 'pyproject.toml'));
      },
    );
    const servers = await startProxied();
    return {
      run: async (file, lane, test = `tests/${file}`) =>
        readLines(
          await outputOf({
            command: join(project, 'bin/python'),
            args: [
              ...[
                '-m',
                'pytest',
                '-v',
                '--tb=no',
                '--color=no',
                '-p',
                'no:cacheprovider',
                '-o',
                'timeout=180',
              ],
              ...['--workflow-environment', servers.of(lane).address, test],
            ],
            ...{ cwd: project, env: cleanEnvironment() },
          }),
        ),
      [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
    };
  },
};

/** What pytest printed with `-v`. */
function readLines(output: string): Outcomes {
  const lines = output.matchAll(/^(tests\/.+?::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/gm);
  return new Map(Array.from(lines, ([, test = '', word = '']) => [test, outcomes[word] ?? 'failed']));
}
