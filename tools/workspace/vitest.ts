import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Tests run on the sources of all packages, with nothing built: see `exports` in each package.json. No more than that: Node
 * gets these conditions too, and `import` would give a `require` of node_modules a module that it cannot use.
 */
const conditions = ['@worker-auth/source', 'node'];

/** What a program of a test has compiled is there for the next one. */
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  import.meta.resolve('../../node_modules/.cache/compiled'),
);

/** A ring of tests, by its folder: `tests` is the gate, `servers` and `soak` are the others, `all` is each of them. */
const ring = process.env['TEST_RING'] ?? 'tests';

/** What StrykerJS sets in the processes that run the tests, see stryker.mjs. */
const isMutated = process.env['STRYKER_MUTATOR_WORKER'] !== undefined;

/**
 * Left out of mutation tests: they run programs of their own, on the sources as they are, so no mutant is alive there, or read the sources, which
 * have all mutants in them. Those of sockets set the umask, which the threads of StrykerJS cannot.
 */
const withoutMutants = [
  'tests/readme.spec.ts',
  'tests/import.spec.ts',
  'tests/log-events.spec.ts',
  'tests/left-running.spec.ts',
  'tests/agent/agent-process.spec.ts',
  'tests/agent/listen.spec.ts',
  'tests/agent/socket.spec.ts',
  'tests/cli/agent-command.isolated.spec.ts',
  'tests/cli/cli.spec.ts',
  'tests/cli/process.spec.ts',
  'tests/frontend/processes.spec.ts',
];

/**
 * The test settings of every project. The JSON report is what the closing line of `npm test` counts.
 *
 * @param test settings of the one project, over the shared ones
 */
export function projectTests(test: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: [`${ring === 'all' ? '{tests,servers,soak}' : ring}/**/*.spec.ts`],
      passWithNoTests: ring !== 'tests',
      exclude: [...configDefaults.exclude, ...(isMutated ? withoutMutants : [])],
      reporters: ['default', ['json', { outputFile: `reports/vitest-${ring}.json` }]],
      restoreMocks: true,
      // Bounds that say "broken": many times what a busy machine needs. `vi.waitFor` has one of its own, of a second: use `expect.poll`.
      // A mutant that has a test wait for ever is to fail it: StrykerJS would end the process, and start another.
      testTimeout: isMutated ? 20_000 : 120_000,
      hookTimeout: isMutated ? 6_000 : 120_000,
      expect: { poll: { interval: 5, timeout: isMutated ? 5_000 : 60_000 } },
      ...test,
    },
  });
}
