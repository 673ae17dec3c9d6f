import { AssertionError } from 'node:assert';
import { afterTurns } from '../../src/host-time.ts';
import { leavesUnhandled } from '../../src/unhandled-rejections.ts';
import type { ContractCase } from '../../src/contracts/contract-case.ts';

/** What a case says when something never comes. */
export const late = 'What must happen did not happen within 250 ms';

/** How long a case waits. What never comes costs a test that time, and only a broken implementation has that; all else may be slow on a busy machine. */
export const patienceOf = (message?: string): number => (message === late ? 250 : 60_000);

/** A case that a broken implementation did not pass, and what it said. */
export interface BrokenPromise {
  readonly name: string;
  readonly message: string;
}

/**
 * Runs all cases, one after the other, and gives those that failed.
 *
 * @throws Error for a failure that is no `AssertionError`, or has not the promise and its cause
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
    const beginning = `This promise is broken: "${promise}"\n`;
    if (!(error instanceof AssertionError && error.message.startsWith(beginning) && 'cause' in error)) {
      throw new Error(`"${name}" fails without a word of its promise`, { cause: error });
    }
    broken.push({ name, message: error.message.slice(beginning.length) });
  }
  return broken;
}

/**
 * The same for a broken implementation: what it leaves unhandled is no failure of the test.
 *
 * @param only name of the one case that is run; default all
 */
export async function failures(
  cases: readonly ContractCase[],
  only?: string,
): Promise<readonly BrokenPromise[]> {
  let broken: readonly BrokenPromise[] = [];
  await leavesUnhandled(
    () => true,
    async () => {
      broken = await brokenPromises(cases.filter(({ name }) => only === undefined || name === only));
      await afterTurns();
    },
  );
  return broken;
}

/** A fixture that has none of these hooks, and says when it ends. */
export function bare<Fixture extends object>(
  fixture: Fixture,
  hooks: readonly (keyof Fixture)[],
  dispose: () => void,
): Fixture {
  return { ...fixture, ...Object.fromEntries(hooks.map((hook) => [hook, undefined])), dispose };
}

/** Implementations with one fault each: what is wrong, and nothing else is, under the name of a case that must notice it. */
export type FaultsByCase<Break> = Readonly<Record<string, Readonly<Record<string, Break>>>>;

/** A fault, the case that must notice it, and what that says. */
export interface Fault<Break> {
  readonly fault: string;
  readonly breakIt: Break;
  readonly caughtBy: string;
  readonly message: string | undefined;
}

/** The faults as a list, for tests of each, with the messages by fault. */
export function faultsOf<Break>(
  byCase: FaultsByCase<Break>,
  messages: Readonly<Record<string, string>>,
): readonly Fault<Break>[] {
  return Object.entries(byCase).flatMap(([caughtBy, faults]) =>
    Object.entries(faults).map(([fault, breakIt]) => ({
      fault,
      breakIt,
      caughtBy,
      message: messages[fault],
    })),
  );
}
