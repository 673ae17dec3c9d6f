import { AssertionError } from 'node:assert';
import { afterTurns } from '../../src/host-time.ts';
import { leavesUnhandled } from '../../src/unhandled-rejections.ts';
import type { ContractCase } from '../../src/index.ts';

/** How long a case waits. What never comes costs a test that time, and only a broken implementation has that; a right one may be on a busy machine. */
export const patienceOf = (isBroken: boolean): number => (isBroken ? 250 : 60_000);

/** A case that a broken implementation did not pass, and what it said. */
export interface BrokenPromise {
  readonly name: string;
  readonly message: string;
}

/**
 * Runs all cases, one after the other, and gives those that failed.
 *
 * @throws Error for a failure that is no `AssertionError`, or does not quote the promise
 */
export async function brokenPromises(cases: readonly ContractCase[]): Promise<readonly BrokenPromise[]> {
  const broken: BrokenPromise[] = [];
  for (const contract of cases) {
    const { name, promise } = contract;
    const error = await contract.run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) continue;
    if (!(error instanceof AssertionError) || !error.message.includes(`"${promise}"`)) {
      throw new Error(`"${name}" fails without a word of its promise`, { cause: error });
    }
    broken.push({ name, message: error.message });
  }
  return broken;
}

/**
 * The names of the cases that a broken implementation failed. What it leaves unhandled is no failure of the test.
 *
 * @param beginning of the names of the cases that are run; default all
 */
export async function failedCases(
  cases: readonly ContractCase[],
  beginning = '',
): Promise<readonly string[]> {
  let broken: readonly BrokenPromise[] = [];
  await leavesUnhandled(
    () => true,
    async () => {
      broken = await brokenPromises(cases.filter(({ name }) => name.startsWith(beginning)));
      await afterTurns();
    },
  );
  return broken.map(({ name }) => name);
}

/** Implementations with one fault each: what is wrong, and nothing else is, under the name of a case that must notice it. */
export type FaultsByCase<Break> = Readonly<Record<string, Readonly<Record<string, Break>>>>;

/** The same as a list, for tests of each. */
export function faultsOf<Break>(
  byCase: FaultsByCase<Break>,
): readonly { readonly fault: string; readonly caughtBy: string; readonly breakIt: Break }[] {
  return Object.entries(byCase).flatMap(([caughtBy, faults]) =>
    Object.entries(faults).map(([fault, breakIt]) => ({ fault, caughtBy, breakIt })),
  );
}
