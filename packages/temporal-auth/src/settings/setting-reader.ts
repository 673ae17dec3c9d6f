import type { Environment } from '@worker-auth/internal';
import { settingRefused } from '../errors/own-errors.ts';

/** What a header can hold (RFC 9110 section 5.5), without white space. */
export const visibleAscii = /^[\x21-\x7e]+$/;

/** How the text of a setting is read. */
export interface Format<T> {
  /** The value, or `undefined` for a text that makes no sense. */
  readonly parse: (text: string) => T | undefined;
  /** What the setting must be, for the message about a bad value. */
  readonly expected: string;
}

/** Reads settings one by one and complains about all the bad ones at once, by name. No value is repeated: it may be a secret. */
export class SettingReader {
  readonly #env: Environment;
  readonly #complaints: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  /**
   * What was given for the option, else the first of the variables that is set, else `undefined`. An empty variable is an unset one: that is
   * how a deployment's template leaves out what it does not need.
   */
  read<T>(
    option: string,
    given: unknown,
    { parse, expected }: Format<T>,
    ...variables: readonly string[]
  ): T | undefined {
    const variable = variables.find((one) => (this.#env[one] ?? '') !== '');
    const name = given === undefined ? variable : option;
    if (name === undefined) return undefined;
    const text = textOf(given === undefined ? this.#env[name] : given);
    const hasOuterSpace = text !== text.trim();
    const value = hasOuterSpace ? undefined : parse(text);
    const hint = hasOuterSpace ? ', with no white space at its ends' : '';
    if (value === undefined) this.#complaints.push(`${name} must be ${expected}${hint}`);
    return value;
  }

  /** @throws ConfigurationError that names each bad option or variable */
  check(): void {
    if (this.#complaints.length > 0) throw settingRefused(`${this.#complaints.join('; ')}.`);
  }
}

/** A single one. */
export function readSetting<T>(
  env: Environment,
  option: string,
  given: unknown,
  format: Format<T>,
  ...variables: readonly string[]
): T | undefined {
  const reader = new SettingReader(env);
  const value = reader.read(option, given, format, ...variables);
  reader.check();
  return value;
}

/** Of what has no text, the empty one, which no format takes. */
function textOf(given: unknown): string {
  if (given instanceof URL) return given.href;
  return ['string', 'number', 'boolean'].includes(typeof given) ? String(given) : '';
}
