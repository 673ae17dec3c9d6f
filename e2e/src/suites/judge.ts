import { reasonOf } from './differences.ts';
import type { OpenSuite, Outcome, Outcomes, Suite } from './suite.ts';

/** Runs of a test alone before it counts as failed: machines are busy. */
const attempts = 2;

/** A test that fails in a lane, and passes without us. */
export interface Difference {
  readonly test: string;
  /** Why it has to be so; undefined where nobody has said it. */
  readonly reason: string | undefined;
}

/** What came of a file in a lane. */
export interface FileReport {
  readonly file: string;
  readonly lane: string;
  readonly passed: number;
  readonly skipped: number;
  /** Tests that passed when they ran alone. */
  readonly passedAlone: readonly string[];
  /** Tests that fail without us too. */
  readonly failedInBoth: readonly string[];
  readonly differences: readonly Difference[];
}

/** Runs a file in all lanes beside each other, and compares each with the first. */
export async function judgeFile(
  { name, lanes: [reference, ...others] }: Suite,
  suite: OpenSuite,
  file: string,
): Promise<readonly FileReport[]> {
  const [expected, ...all] = (await Promise.all(
    [reference, ...others].map((lane) => suite.run(file, lane)),
  )) as [Outcomes, ...Outcomes[]];
  const reports: FileReport[] = [];
  for (const [index, outcomes] of all.entries()) {
    const lane = String(others[index]);
    const passedAlone: string[] = [];
    const failedInBoth: string[] = [];
    const differences: Difference[] = [];
    if (expected.size === 0) differences.push({ test: 'no test runs without us', reason: undefined });
    for (const test of failuresOf(expected, outcomes)) {
      const passes = async (where: string): Promise<boolean> => {
        for (let attempt = 0; attempt < attempts; attempt++)
          if (hasPassed(await suite.run(file, where, expected.has(test) ? test : undefined), test))
            return true;
        return false;
      };
      if (await passes(lane)) passedAlone.push(test);
      else if (await passes(reference)) differences.push({ test, reason: reasonOf(name, lane, file, test) });
      else failedInBoth.push(test);
    }
    const count = (outcome: Outcome): number =>
      [...outcomes.values()].filter((each) => each === outcome).length;
    reports.push({
      ...{ file, lane, passed: count('passed'), skipped: count('skipped') },
      ...{ passedAlone, failedInBoth, differences },
    });
  }
  return reports;
}

/** Titles that failed, or that do not appear, as the process ended before. Where a part of a test failed, only the part. */
function failuresOf(expected: Outcomes, outcomes: Outcomes): readonly string[] {
  const failed = [...new Set([...expected.keys(), ...outcomes.keys()])].filter((test) => {
    const outcome = outcomes.get(test);
    return outcome === 'failed' || (outcome === undefined && expected.get(test) === 'passed');
  });
  return failed.filter((test) => !failed.some((other) => other.startsWith(`${test}/`)));
}

/** What is not a test of its own, such as the end of the process, passes by not being told. */
function hasPassed(outcomes: Outcomes, test: string): boolean {
  const failed = [...outcomes.values()].includes('failed');
  return outcomes.has(test) ? outcomes.get(test) !== 'failed' : outcomes.size > 0 && !failed;
}
