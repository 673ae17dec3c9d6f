import { listOf, text, withMethods } from '../given/check-given.ts';
import type { ContractCase } from './contract-case.ts';

/**
 * The two functions of a test framework that a contract needs. Those of vitest, jest, node:test, mocha and jasmine fit, as `it` and
 * as `test`.
 */
export interface TestFunctions {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/**
 * Makes a test of each case, in a group of its own.
 *
 * @param name what is tested; the names of the cases go on from it
 * @param cases of any contract
 * @param functions of the test framework
 * @throws RangeError without a case: a group with no test would pass
 */
export function registerContract(
  name: string,
  cases: readonly ContractCase[],
  functions: TestFunctions,
): void {
  text('name', name);
  listOf(withMethods('run'))('cases', cases);
  withMethods('describe', 'it')('functions', functions);
  if (cases.length === 0) throw new RangeError(`The contract of "${name}" has no case`);
  const { describe, it } = functions;
  describe(name, () => {
    for (const contract of cases) it(contract.name, () => contract.run());
  });
}
