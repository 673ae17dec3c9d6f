import { catalogue, type CategoryName, type CheckName, entries } from './catalogue.ts';
import { type Check, type Diagnosis, runbookPlace } from './diagnosis.ts';
import { type Problem, problemOf } from './problem.ts';

/** What a check found that did not fail. */
export interface Found<T> {
  readonly value: T;
  /** One line. */
  readonly description: string;
  /** What is not as it should be, and no failure. */
  readonly warning?: Problem | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What a check depends on. */
export interface CheckOptions {
  /** Checks without whose success this one says nothing. */
  readonly needs?: readonly CheckName[];
  /** Checks whose failure explains that of this one; they are made first. */
  readonly explainedBy?: readonly CheckName[];
  /** The same by what went wrong; the check that it names is made later. */
  readonly explain?: (problem: Problem) => CheckName | undefined;
}

/** Makes checks, goes on after failures, and tells causes from consequences. */
export class Examination {
  readonly #made = new Map<CheckName, Check>();
  readonly #signal: AbortSignal;

  /** @param signal the caller's, which ends the examination */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Makes one check.
   *
   * @returns what it found; `undefined` when it failed or says nothing after an earlier failure
   * @throws the reason of the caller's signal
   */
  async check<T>(
    name: CheckName,
    { needs = [], explainedBy = [], explain }: CheckOptions,
    work: () => Promise<Found<T>> | Found<T>,
  ): Promise<T | undefined> {
    if (this.skipAfter([name], needs)) return undefined;
    try {
      const { value, description, warning, details } = await work();
      const runbook = runbookPlace(warning?.code ?? name);
      this.#made.set(name, {
        ...{ name, description: visible(description), result: warning === undefined ? 'success' : 'warning' },
        ...(warning !== undefined && { ...warning, error: visible(warning.error) }),
        runbook,
        ...(details !== undefined && { details }),
      });
      return value;
    } catch (error) {
      this.#signal.throwIfAborted();
      const found = problemOf(error);
      const problem = { ...found, error: visible(found.error) };
      const cause = explain?.(problem) ?? this.causeAmong(explainedBy);
      this.#made.set(name, {
        ...{ name, description: statementOf(name), result: 'error', ...problem },
        ...(cause !== undefined && { consequenceOf: cause }),
        runbook: runbookPlace(problem.code),
      });
      return undefined;
    }
  }

  /** Says why checks do not apply. */
  skip(names: readonly CheckName[], reason: string): void {
    for (const name of names) this.#skip(name, reason);
  }

  /**
   * Leaves out checks that say nothing after a failure.
   *
   * @returns whether one of `needs` did fail
   */
  skipAfter(names: readonly CheckName[], needs: readonly CheckName[]): boolean {
    const cause = this.causeAmong(needs);
    if (cause === undefined) return false;
    for (const name of names) this.#skip(name, `not checked, since "${cause}" failed`, cause);
    return true;
  }

  /** The failure behind the first of these checks that did not come to a result; `undefined` when all did. */
  causeAmong(names: readonly CheckName[]): CheckName | undefined {
    for (const name of names) {
      const made = this.#made.get(name);
      if (made?.consequenceOf !== undefined) return made.consequenceOf;
      if (made?.result === 'error') return name;
    }
    return undefined;
  }

  /** All that was found, in the order of the catalogue. */
  diagnosis(): Diagnosis {
    const checks = entries.flatMap(({ name, categoryName }) => {
      const made = this.#made.get(name);
      return made === undefined ? [] : [{ categoryName, made }];
    });
    const causes = checks.flatMap(({ made }) =>
      made.result === 'error' && made.consequenceOf === undefined ? [made.name] : [],
    );
    return {
      success: !checks.some(({ made }) => made.result === 'error'),
      causes,
      categories: (Object.keys(catalogue) as CategoryName[]).map((categoryName) => ({
        categoryName,
        checks: checks.filter((check) => check.categoryName === categoryName).map(({ made }) => made),
      })),
    };
  }

  #skip(name: CheckName, reason: string, consequenceOf?: CheckName): void {
    this.#made.set(name, {
      ...{ name, description: visible(`${statementOf(name)}: ${reason}`), result: 'skipped' },
      ...(consequenceOf !== undefined && { consequenceOf }),
      runbook: runbookPlace(name),
    });
  }
}

/** What somebody put into a name must not steer a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}

function statementOf(wanted: CheckName): string {
  return entries.find(({ name }) => name === wanted)?.statement ?? wanted;
}
