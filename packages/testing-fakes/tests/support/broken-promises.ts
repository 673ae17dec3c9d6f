import { AssertionError } from 'node:assert';
import { Console } from 'node:console';
import { syncBuiltinESMExports } from 'node:module';
import { PassThrough } from 'node:stream';
import timers from 'node:timers/promises';
import { expect, onTestFinished, vi } from 'vitest';
import { afterTurns } from '../../src/host-time.ts';
import { leavesUnhandled } from '../../src/unhandled-rejections.ts';
import type { ContractCase } from '../../src/contracts/contract-case.ts';

/** The faults because of which something never comes: the patience of a case ends. */
const lateFaults: readonly string[] = [
  'lets who rejects an old token wait for the request that is under way',
  'has no deadline',
  'lets a new caller join a read from before invalidate',
  'lets everybody wait while it gets another token',
  'looks at the signal when the response has come',
  'looks at the signal when the store has answered',
  'looks at the signal when the back end has answered',
  'lets nobody leave who rejected a token',
  'loses a slot at each read that fails',
  'loses a slot at each read that finds nothing',
  'loses a slot at each read that is given up',
  'shares a read without a response with those who come later',
  'waits for what its subscribers return',
];

/** The faults that leave something which never ends: no time is given to it. */
const lastingFaults: readonly string[] = [
  'has an interval after a failure',
  'has an interval that keeps the process alive',
  'leaves a connection open when its caller leaves',
  'watches a file',
];

/** How long a case waits, in milliseconds. What never comes costs a test that time; all else may be slow on a busy machine. */
export const patienceOf = (fault = ''): number => (lateFaults.includes(fault) ? 100 : 60_000);

/**
 * Runs all cases, one after the other, and gives the names of those that failed.
 *
 * @throws Error for a failure that is no `AssertionError`, or has not the promise and its cause
 */
export async function brokenPromises(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const contract of cases) {
    const { name, promise } = contract;
    try {
      await contract.run();
    } catch (error) {
      const isTold = error instanceof AssertionError && 'cause' in error && error.message.includes(promise);
      if (!isTold) throw new Error(`"${name}" fails without a word of its promise`, { cause: error });
      broken.push(name);
    }
  }
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
 * A broken implementation is noticed by the case of its fault. What it leaves unhandled or prints is no failure of the test.
 *
 * @param contractOf the cases for an implementation that is made so wrong
 */
export async function expectNoticed<Model>(
  { fault, breakIt, caughtBy }: Fault<Model>,
  contractOf: (breakIt: (model: Model) => void, patienceMs: number) => readonly ContractCase[],
): Promise<void> {
  const quiet = new Console(new PassThrough().resume());
  const spy = vi.spyOn(console, 'debug').mockImplementation((...printed) => {
    quiet.debug(...printed);
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  if (lastingFaults.includes(fault)) {
    vi.spyOn(timers, 'setTimeout').mockImplementation(() => timers.setImmediate());
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.mocked(timers.setTimeout).mockRestore();
      syncBuiltinESMExports();
    });
  }
  const cases = contractOf(breakIt, patienceOf(fault)).filter(({ name }) => name === caughtBy);
  let broken: readonly string[] = [];
  await leavesUnhandled(
    () => true,
    async () => {
      broken = await brokenPromises(cases);
      await afterTurns();
    },
  );
  expect(broken).toEqual([caughtBy]);
}
