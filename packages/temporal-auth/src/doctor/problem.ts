import { SecretStoreError } from '@worker-auth/secret-store';
import { messageOf, shown } from '../errors/kind-of-error.ts';
import {
  TemporalAuthError,
  TemporalAuthErrorCode,
  type AnyErrorCode,
} from '../errors/temporal-auth-error.ts';
import { translate } from '../errors/translate.ts';
import type { DoctorCode } from './doctor-code.ts';

/** What is wrong. */
export interface Problem {
  readonly code: AnyErrorCode | DoctorCode;
  /** Fit to be shown. */
  readonly error: string;
}

/** A check's way to say what is wrong: never leaves the doctor. */
export class ProblemFound extends Error implements Problem {
  override readonly name = 'ProblemFound';
  readonly code: Problem['code'];
  readonly error: string;

  constructor(code: Problem['code'], error: string) {
    super(error);
    this.code = code;
    this.error = error;
  }
}

/** What an error of a check stands for. What is thrown about an argument is a setting that makes no sense. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemFound) return { code: error.code, error: error.error };
  const typed = error instanceof SecretStoreError ? error : translate(error, { tokens: [] });
  if (typed instanceof TemporalAuthError || typed instanceof SecretStoreError)
    return { code: typed.code, error: typed.message };
  return { code: TemporalAuthErrorCode.settingRefused, error: `${shown(messageOf(typed), [])}.` };
}
