import type { AnyErrorCode } from '../errors/temporal-auth-error.ts';
import type { CategoryName, CheckName } from './catalogue.ts';
import type { DoctorCode } from './doctor-code.ts';

/** `skipped`: it does not apply here, or says nothing after the failure that {@link Check.consequenceOf} names. */
export type CheckResult = 'success' | 'warning' | 'error' | 'skipped';

/** What one check found. */
export interface Check {
  /** Stable. */
  readonly name: CheckName;
  /** What was found; of a check that did not succeed, the statement that does not hold. One line. */
  readonly description: string;
  readonly result: CheckResult;
  /** Stable: what was found wrong; `undefined` when nothing was. */
  readonly code?: AnyErrorCode | DoctorCode;
  /** What was found wrong and what to do, in words; may have several lines. */
  readonly error?: string;
  /** The check whose failure brought this one about. */
  readonly consequenceOf?: CheckName;
  /** The place of the code, else of the check, in the runbook of this package. */
  readonly runbook: string;
  /** What else is known, such as the claims of the token. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Checks of one part of the whole. */
export interface CheckCategory {
  readonly categoryName: CategoryName;
  readonly checks: readonly Check[];
}

/** What `diagnose()` found: plain data, which JSON can hold, with nothing secret in it. */
export interface Diagnosis {
  /** Whether no check failed; there may be warnings. */
  readonly success: boolean;
  /** The checks that failed by themselves; every other failure is a consequence of one of these. */
  readonly causes: readonly CheckName[];
  readonly categories: readonly CheckCategory[];
}

/** Where a code or a check stands in the runbook. */
export function runbookPlace(heading: string): string {
  return `@worker-auth/temporal-auth/docs/runbook.md#${heading.toLowerCase()}`;
}
