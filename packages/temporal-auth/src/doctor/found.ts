import { SecretStoreError } from '@worker-auth/secret-store';
import { messageOf, shown } from '../errors/kind-of-error.ts';
import { TemporalAuthError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { translate } from '../errors/translate.ts';
import type { Check } from './diagnosis.ts';

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

/** What somebody put into a name must not steer a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}

/** What an error of a check stands for. What is thrown about an argument is a setting that makes no sense. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemFound) return { code: error.code, error: error.message };
  const typed = error instanceof SecretStoreError ? error : translate(error, { tokens: [] });
  if (typed instanceof TemporalAuthError || typed instanceof SecretStoreError)
    return { code: typed.code, error: typed.message };
  return { code: TemporalAuthErrorCode.settingRefused, error: `${shown(messageOf(typed), [])}.` };
}
