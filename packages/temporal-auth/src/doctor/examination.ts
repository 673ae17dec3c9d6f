import { SecretStoreError } from '@worker-auth/secret-store';
import { messageOf, shown } from '../errors/kind-of-error.ts';
import { TemporalAuthError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { translate } from '../errors/translate.ts';
import { catalogue, type CategoryName, type CatalogueEntry, type CheckName, entries } from './catalogue.ts';
import { type Check, type Diagnosis, runbookPlace } from './diagnosis.ts';

/** What is wrong. */
export interface Problem {
  readonly code: NonNullable<Check['code']>;
  /** Fit to be shown. */
  readonly error: string;
}

/** What a check found that did not fail; a problem is a warning. A text is the description. */
export type Found<T = undefined> = {
  /** One line. */
  readonly description: string;
  readonly value?: T;
  readonly details?: Readonly<Record<string, unknown>>;
} & Partial<Problem>;

/** A check's way to say what is wrong: never leaves the doctor. */
export class ProblemFound extends Error {
  override readonly name = 'ProblemFound';
  readonly code: Problem['code'];

  constructor(code: Problem['code'], error: string) {
    super(error);
    this.code = code;
  }
}

/** Makes the checks of the catalogue, goes on after failures, and tells causes from consequences. */
export class Examination {
  readonly #made = new Map<CheckName, Check>();
  readonly #signal: AbortSignal;

  /** @param signal the caller's, which ends the examination */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Makes one check, unless what it needs has failed.
   *
   * @param explain names the check that explains a problem, where the catalogue does not
   * @returns what it found; `undefined` when it failed or was not made
   * @throws the reason of the caller's signal
   */
  async check<T>(
    name: CheckName,
    work: () => Promise<Found<T> | string> | Found<T> | string,
    explain?: (problem: Problem) => CheckName | undefined,
  ): Promise<T | undefined> {
    const { needs, by } = entryOf(name);
    if (this.causeAmong(needs) !== undefined) return undefined;
    try {
      const found = await work();
      const { value, ...rest } = typeof found === 'string' ? { description: found } : found;
      this.#add(name, rest.error === undefined ? 'success' : 'warning', rest);
      return value;
    } catch (error) {
      this.#signal.throwIfAborted();
      const problem = problemOf(error);
      const cause = explain?.(problem) ?? this.causeAmong(by);
      this.#add(name, 'error', {
        description: entryOf(name).says,
        ...problem,
        ...(cause && { consequenceOf: cause }),
      });
      return undefined;
    }
  }

  /** Says why checks do not apply. */
  skip(names: readonly CheckName[], reason: string): void {
    for (const name of names) this.#add(name, 'skipped', { description: `${entryOf(name).says}: ${reason}` });
  }

  /** The failure behind the first of these checks that did not come to a result; `undefined` when all did. */
  causeAmong(names: readonly CheckName[]): CheckName | undefined {
    for (const name of names) {
      const { consequenceOf, result } = this.#made.get(name) ?? this.#unmade(name);
      if (consequenceOf !== undefined) return consequenceOf;
      if (result === 'error') return name;
    }
    return undefined;
  }

  /** All that was found, in the order of the catalogue. */
  diagnosis(): Diagnosis {
    const checks = entries.map(({ name }) => this.#made.get(name) ?? this.#unmade(name));
    const failed = checks.filter(({ result }) => result === 'error');
    return {
      success: failed.length === 0,
      causes: failed.flatMap(({ name, consequenceOf }) => (consequenceOf === undefined ? [name] : [])),
      categories: (Object.keys(catalogue) as CategoryName[]).map((categoryName) => ({
        categoryName,
        checks: checks.filter(({ name }) => entryOf(name).categoryName === categoryName),
      })),
    };
  }

  #unmade(name: CheckName): Check {
    const { categoryName, says, needs, by } = entryOf(name);
    const cause = this.causeAmong([...needs, ...by]);
    const why = cause === undefined ? '' : `, since "${cause}" failed`;
    const description = `${says}: not checked${why}`;
    const runbook = runbookPlace(categoryName);
    return { name, description, result: 'skipped', ...(cause && { consequenceOf: cause }), runbook };
  }

  #add(
    name: CheckName,
    result: Check['result'],
    { description, error, ...rest }: Omit<Found, 'value'>,
  ): void {
    const texts = {
      description: visible(description),
      ...(error !== undefined && { error: visible(error) }),
    };
    const runbook = runbookPlace(rest.code ?? entryOf(name).categoryName);
    this.#made.set(name, { name, result, ...rest, ...texts, runbook });
  }
}

/** What somebody put into a name must not steer a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}

/** What an error of a check stands for. What is thrown about an argument is a setting that makes no sense. */
function problemOf(error: unknown): Problem {
  if (error instanceof ProblemFound) return { code: error.code, error: error.message };
  const typed = error instanceof SecretStoreError ? error : translate(error, { tokens: [] });
  if (typed instanceof TemporalAuthError || typed instanceof SecretStoreError)
    return { code: typed.code, error: typed.message };
  return { code: TemporalAuthErrorCode.settingRefused, error: `${shown(messageOf(typed), [])}.` };
}

function entryOf(wanted: CheckName): CatalogueEntry {
  return entries.find(({ name }) => name === wanted) as CatalogueEntry;
}
