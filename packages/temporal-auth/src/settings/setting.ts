import type { Environment } from '@worker-auth/inlined';
import { ConfigurationError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';

/** One setting: an option that wins over an environment variable. */
export interface Setting {
  /** The option's name. */
  readonly option: string;
  /** What was given for it. */
  readonly given: unknown;
  /** The variable's name. */
  readonly variable: string;
  /** Other names of the variable, looked at in turn while it is not set. */
  readonly aliases?: readonly string[];
}

/** How the text of a setting is read. */
export interface Format<T> {
  /** The value, or `undefined` for a text that makes no sense, an empty one among them. */
  readonly parse: (text: string) => T | undefined;
  /** What the setting must be, for the message about a bad value. */
  readonly expected: string;
}

/** Reads settings one by one and complains about all the bad ones at once. No value is repeated: it may be a secret. */
export class Settings {
  readonly #env: Environment;
  readonly #complaints: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  /**
   * The option, else the variable, else `undefined`. An empty variable is an unset one: that is how a deployment's template leaves
   * out what it does not need.
   */
  read<T>(setting: Setting, { parse, expected }: Format<T>): T | undefined {
    const found = this.#find(setting);
    if (found === undefined) return undefined;
    const { name, text } = found;
    const value = text === undefined || text !== text.trim() ? undefined : parse(text);
    if (value === undefined) this.#complaints.push(`${name} must be ${expected}`);
    return value;
  }

  /** @throws ConfigurationError that names each bad option or variable */
  check(): void {
    if (this.#complaints.length === 0) return;
    throw new ConfigurationError(`${this.#complaints.join('; ')}.`, {
      code: TemporalAuthErrorCode.settingRefused,
    });
  }

  #find({ option, given, variable, aliases = [] }: Setting): Found | undefined {
    if (given !== undefined) return { name: option, text: textOf(given) };
    const name = [variable, ...aliases].find((candidate) => (this.#env[candidate] ?? '') !== '');
    return name === undefined ? undefined : { name, text: this.#env[name] };
  }
}

/** What was said for a setting; `text` is `undefined` for what is no text. */
interface Found {
  readonly name: string;
  readonly text: string | undefined;
}

function textOf(given: unknown): string | undefined {
  if (given instanceof URL) return given.href;
  return ['string', 'number', 'boolean'].includes(typeof given) ? String(given) : undefined;
}
