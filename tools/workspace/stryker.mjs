/**
 * Mutation tests of one package, started in its folder by its script `mutate`: StrykerJS (https://stryker-mutator.io/docs/stryker-js)
 * changes the sources, a mutant at a time, and every change that no test notices is named in the report.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  mutate: ['src/**/*.ts', '!src/index.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // Sources are instrumented in a copy, so a run that is killed leaves them as they are. The copy lies as deep below the workspace as
  // the package does: `../../tsconfig.base.json` and node_modules are found from it, with no path rewritten.
  tempDirName: '../../.stryker',
  cleanTempDir: 'always',
  symlinkNodeModules: false,
  tsconfigFile: 'not-rewritten.json',
  ignorePatterns: ['dist', 'out-tsc', 'reports', 'bench'],
  // Many tests wait for a fake clock: a mutant that never ends is killed after the length of its tests and this.
  timeoutMS: 3_000,
  timeoutFactor: 2,
  // A mutant in what a module sets up once cannot be switched on later: each would take a run of all tests. The tables and patterns that
  // they stand in are compared with literals by the tests.
  ignoreStatic: true,
  vitest: { related: false },
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  incrementalFile: 'reports/mutation/incremental.json',
};
