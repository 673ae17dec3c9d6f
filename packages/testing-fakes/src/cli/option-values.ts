import type { CliValues } from './command.ts';
import { UsageError } from './usage-error.ts';

/** The text of an option, or `undefined` when it was not given. */
export function text(values: CliValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** All texts of an option that may be repeated. */
export function texts(values: CliValues, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/**
 * A whole number.
 *
 * @throws UsageError when it is none, or out of range
 */
export function wholeNumber(
  values: CliValues,
  name: string,
  { from, to, otherwise }: { readonly from: number; readonly to: number; readonly otherwise: number },
): number {
  const given = text(values, name);
  if (given === undefined) return otherwise;
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= from && number <= to) return number;
  throw new UsageError(`--${name} must be a whole number from ${from} to ${to}, not "${given}"`);
}

/** The port to listen on; 0 is any that is free. */
export function port(values: CliValues, otherwise: number): number {
  return wholeNumber(values, 'port', { from: 0, to: 65_535, otherwise });
}

/**
 * One of several words.
 *
 * @throws UsageError when it is none of them
 */
export function oneOf<const Word extends string>(
  values: CliValues,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const given = text(values, name);
  if (given === undefined) return words[0];
  const word = words.find((known) => known === given);
  if (word === undefined) throw new UsageError(`--${name} must be ${words.join(' or ')}, not "${given}"`);
  return word;
}

/**
 * The two halves of `left<separator>right`. The value itself stands in no message: it may be secret.
 *
 * @throws UsageError when a half is empty or missing
 */
export function halves(
  given: string,
  separator: string,
  { option, form }: { readonly option: string; readonly form: string },
): readonly [left: string, right: string] {
  const at = given.indexOf(separator);
  const pair = [given.slice(0, at), given.slice(at + separator.length)] as const;
  if (at <= 0 || pair[1] === '') throw new UsageError(`--${option} must be ${form}`);
  return pair;
}
