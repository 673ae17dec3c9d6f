import { join } from 'node:path';

/** How the suite of `e2e/consumers` runs under one test framework. */
export interface Framework {
  readonly name: string;
  /** The npm package that brings it, as it lies in `node_modules/.bin`; Node itself when there is none. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reads the counts out of what it prints; text without colours. */
  readonly passed: RegExp;
  readonly failed: RegExp;
}

/** jest loads ES modules, from either kind of test, by Node's own loader: https://jestjs.io/docs/ecmascript-modules. */
const vmModules = { NODE_OPTIONS: '--experimental-vm-modules' };
const jestCounts = { passed: /^Tests:.*?(\d+) passed/m, failed: /^Tests:.*?(\d+) failed/m };

/** The frameworks, each with a folder of its name. */
export const frameworks: readonly Framework[] = [
  {
    name: 'vitest',
    program: 'vitest',
    args: ['run', '--root', 'vitest'],
    passed: /^\s+Tests\s.*?(\d+) passed/m,
    failed: /^\s+Tests\s.*?(\d+) failed/m,
  },
  {
    name: 'jest-esm',
    program: 'jest',
    args: ['--rootDir', 'jest-esm', '-c', 'jest-esm/jest.config.mjs'],
    env: vmModules,
    ...jestCounts,
  },
  {
    name: 'jest-commonjs',
    program: 'jest',
    args: ['--rootDir', 'jest-commonjs', '-c', 'jest-commonjs/jest.config.cjs'],
    env: vmModules,
    ...jestCounts,
  },
  {
    name: 'ts-jest',
    program: 'jest',
    args: ['--rootDir', 'ts-jest', '-c', 'ts-jest/jest.config.cjs'],
    env: vmModules,
    ...jestCounts,
  },
  {
    name: 'node-test',
    args: ['--test', '--test-reporter=spec', join('node-test', 'kit.test.mjs')],
    passed: /^ℹ pass (\d+)/m,
    failed: /^ℹ fail (\d+)/m,
  },
  {
    name: 'bun',
    program: 'bun',
    args: ['test', './bun/kit.test.mjs'],
    passed: /^\s*(\d+) pass$/m,
    failed: /^\s*(\d+) fail$/m,
  },
  {
    name: 'deno',
    program: 'deno',
    args: ['test', '--allow-all', '--no-check', '--node-modules-dir=manual', 'deno/kit.test.mjs'],
    // Deno counts each group as a test, and the cases as its steps.
    passed: /passed \((\d+) steps?\)/,
    failed: /failed \((\d+) steps?\)/,
  },
];
