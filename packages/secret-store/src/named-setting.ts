import type { Environment } from '@worker-auth/internal';
import { InvalidSettingError, SecretStoreErrorCode } from './errors.ts';

/** A name that an option gives, else an environment variable, else the default. */
export interface NamedSetting {
  readonly option?: string;
  readonly given?: string | undefined;
  /** The first that is set counts. */
  readonly variables: readonly [string, ...string[]];
  readonly env: Environment;
  readonly fallback: string;
  readonly isUsable: (name: string) => boolean;
}

/**
 * The name that a setting gives. An empty variable counts as one that is not set.
 *
 * @throws TypeError for an option that is no usable name, InvalidSettingError for such a variable
 */
export function nameOf({ option, given, variables, env, fallback, isUsable }: NamedSetting): string {
  const isName = (name: string): boolean => name.trim() !== '' && isUsable(name);
  if (given !== undefined) {
    if (!isName(given)) throw new TypeError(`${option} cannot be ${JSON.stringify(given)}`);
    return given;
  }
  const set = variables.find((variable) => env[variable]) ?? variables[0];
  const name = env[set] || fallback;
  if (!isName(name)) throw invalidSetting(set, `a name that can be asked for, not ${JSON.stringify(name)}`);
  return name;
}

/** The error for an option or a variable whose value cannot be used; `expected` goes on after "must be". */
export function invalidSetting(name: string, expected: string): InvalidSettingError {
  return new InvalidSettingError(`${name} must be ${expected}.`, {
    code: SecretStoreErrorCode.settingInvalid,
  });
}
