import type { Environment } from '@worker-auth/internal';
import { settingRefused } from '../errors/own-errors.ts';

/** What a header can hold (RFC 9110 section 5.5), without white space. */
export const visibleAscii = /^[\x21-\x7e]+$/;

export interface Format<T> {
  /** The value, or `undefined` for a text that makes no sense. */
  readonly parse: (text: string) => T | undefined;
  /** What it must be, for the message about a bad value. */
  readonly expected: string;
}

/** The option, else the first variable that is set. An empty one is not: so a deployment's template leaves out what it does not need. */
type Read = <T>(
  option: string,
  given: unknown,
  format: Format<T>,
  ...variables: readonly string[]
) => T | undefined;

/** Reads settings. The ConfigurationError names each bad option or variable, and repeats no value: it may be a secret. */
export function readAll<R>(env: Environment, work: (read: Read) => R): R {
  const complaints: string[] = [];
  const result = work((option, given, { parse, expected }, ...variables) => {
    const variable = variables.find((one) => (env[one] ?? '') !== '');
    const name = given === undefined ? variable : option;
    if (name === undefined) return undefined;
    const text = textOf(given === undefined ? env[name] : given);
    const hasOuterSpace = text !== text.trim();
    const value = hasOuterSpace ? undefined : parse(text);
    const hint = hasOuterSpace ? ', with no white space at its ends' : '';
    if (value === undefined) complaints.push(`${name} must be ${expected}${hint}`);
    return value;
  });
  if (complaints.length > 0) throw settingRefused(`${complaints.join('; ')}.`);
  return result;
}

/** Of what has no text, the empty one, which no format takes. */
function textOf(given: unknown): string {
  if (given instanceof URL) return given.href;
  return ['string', 'number', 'boolean'].includes(typeof given) ? String(given) : '';
}

/** @throws TypeError for an option beside one that contradicts it, with both names */
export function refuseBoth(name: string, others: object, prefix = ''): void {
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other !== undefined) throw new TypeError(`Give ${name} or ${prefix}${other[0]}, not both`);
}
