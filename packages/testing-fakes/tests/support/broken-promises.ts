import { AssertionError } from 'node:assert';
import { expect } from 'vitest';
import { afterTurns } from '../../src/host-time.ts';
import { leavesUnhandled } from '../../src/unhandled-rejections.ts';
import type { ContractCase } from '../../src/contracts/contract-case.ts';

/** The faults because of which something never comes: the patience of a case ends. */
const lateFaults: readonly string[] = [
  'asks for one thing at a time',
  'lets who rejects an old token wait for the request that is under way',
  'makes five calls at a time',
  'has no deadline',
  'lets everybody wait while it gets another token',
  'looks at the signal when the response has come',
  'looks at the signal when the store has answered',
  'loses a slot at each read that fails',
  'loses a slot at each read that finds nothing',
  'loses a slot at each read that is given up',
  'waits for what its subscribers return',
];

/** How long a case waits, in milliseconds. What never comes costs a test that time; all else may be slow on a busy machine. */
export const patienceOf = (fault = ''): number => (lateFaults.includes(fault) ? 250 : 60_000);

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
export async function brokenPromises(
  cases: readonly ContractCase[],
  only?: string,
): Promise<readonly BrokenPromise[]> {
  const broken: BrokenPromise[] = [];
  for (const contract of cases) {
    if (only !== undefined && contract.name !== only) continue;
    const { name } = contract;
    const error = await contract.run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) continue;
    // Each case looks for more than its own promise.
    const beginning = cases
      .map(({ promise }) => `This promise is broken: "${promise}"\n`)
      .find((begin) => error instanceof AssertionError && error.message.startsWith(begin));
    if (!(error instanceof AssertionError && beginning !== undefined && 'cause' in error)) {
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
      broken = await brokenPromises(cases, only);
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

/** What makes a right implementation wrong: other methods, each made of the right one, or anything else. */
export type Change<Model> =
  | ((model: Model) => void)
  | { readonly [Name in keyof Model]?: (right: Model[Name], model: Model) => Model[Name] };

/** Implementations with one fault each: what is wrong, and nothing else is, under the name of a case that must notice it. */
export type FaultsByCase<Model> = Readonly<Record<string, Readonly<Record<string, Change<Model>>>>>;

/** A fault, and the case that must notice it. */
export interface Fault<Model> {
  readonly fault: string;
  readonly breakIt: (model: Model) => void;
  readonly caughtBy: string;
}

/** The faults as a list, for tests of each. */
export function faultsOf<Model extends object>(byCase: FaultsByCase<Model>): readonly Fault<Model>[] {
  return Object.entries(byCase).flatMap(([caughtBy, faults]) =>
    Object.entries(faults).map(([fault, change]) => ({
      fault,
      caughtBy,
      breakIt: (model) => {
        if (typeof change === 'function') change(model);
        else for (const name of Object.keys(change) as (keyof Model)[]) replace(model, name, change[name]);
      },
    })),
  );
}

function replace<Model, Name extends keyof Model>(
  model: Model,
  name: Name,
  make: ((right: Model[Name], model: Model) => Model[Name]) | undefined,
): void {
  const right = model[name];
  if (typeof right === 'function' && make !== undefined)
    model[name] = make(right.bind(model) as Model[Name], model);
}

/**
 * A broken implementation is noticed by the case of its fault, with the message in the snapshot.
 *
 * @param contractOf the cases for an implementation that is made so wrong
 */
export async function expectNoticed<Model>(
  { fault, breakIt, caughtBy }: Fault<Model>,
  contractOf: (breakIt: (model: Model) => void, patienceMs: number) => readonly ContractCase[],
): Promise<void> {
  const broken = await failures(contractOf(breakIt, patienceOf(fault)), caughtBy);
  expect(broken.map(({ name }) => name)).toEqual([caughtBy]);
  // In which round of a course it is noticed is not the point.
  expect(broken[0]?.message.replace(/\nThe steps before[^]*/, '')).toMatchSnapshot(fault);
}
