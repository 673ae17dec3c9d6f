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
  /** Where the runbook of this package describes the code, else the checks of the category. */
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

/** The pages of the runbook, by how their codes begin; the first that fits. */
const runbookPages = [
  ['DOCTOR_AGENT_', 'agent'],
  ['DOCTOR_CERTIFICATE', 'certificates'],
  ['DOCTOR_', 'doctor'],
  ['REFRESH_SCHEDULER_CERTIFICATE_', 'certificates'],
  ['REFRESH_SCHEDULER_', 'refresh-scheduler'],
  ['SECRET_STORE_', 'secret-store'],
  ['TEMPORAL_AUTH_', 'temporal'],
  ['TOKEN_', 'tokens'],
] as const;

/**
 * Where the runbook describes a code, or the checks of a category.
 *
 * @param heading the code, or the name of the category
 */
export function runbookPlace(heading: string): string {
  const [, page] = runbookPages.find(([start]) => heading.startsWith(start)) ?? ['', 'checks'];
  const anchor = heading.toLowerCase().replace(' ', '-');
  return `@worker-auth/temporal-auth/docs/runbook/${page}.md#${anchor}`;
}
