import { type Flag, UsageError } from './command.ts';

/** A text, or what `read` makes of it; `undefined` when it was not given. */
export function text(value: string, description: string): Flag<string | undefined>;
export function text<T>(value: string, description: string, read: (given: string) => T): Flag<T | undefined>;
export function text(
  value: string,
  description: string,
  read: (given: string) => unknown = String,
): Flag<unknown> {
  const readFirst = ([given]: readonly string[]): unknown => (given === undefined ? undefined : read(given));
  return { type: 'string', multiple: false, value, description, read: readFirst };
}

/** All texts of an option that may be repeated, each as `read` makes it; `undefined` when there is none. */
export function list<T = string>(
  value: string,
  description: string,
  read: (given: string) => T = (given) => given as T,
): Flag<readonly T[] | undefined> {
  const readAll = (given: readonly string[]): readonly T[] | undefined =>
    given.length === 0 ? undefined : given.map(read);
  return { type: 'string', multiple: true, value, description, read: readAll };
}

export function whether(description: string): Flag<boolean> {
  return { type: 'boolean', multiple: false, description, read: (given) => given.length > 0 };
}

export function wholeNumber(
  description: string,
  { value = 'number', from, to, otherwise }: { value?: string; from: number; to: number; otherwise: number },
): Flag<number> {
  const read = ([given]: readonly string[], name: string): number => {
    if (given === undefined) return otherwise;
    const number = Number(given);
    if (/^\d+$/.test(given) && number >= from && number <= to) return number;
    throw new UsageError(`--${name} must be a whole number from ${from} to ${to}, not "${given}"`);
  };
  return { type: 'string', multiple: false, value, description, read };
}

/** One of several words, of which the first is the default. */
export function oneOf<const Word extends string>(
  words: readonly [Word, ...Word[]],
  description: string,
): Flag<Word> {
  const read = ([given = words[0]]: readonly string[], name: string): Word => {
    const word = words.find((known) => known === given);
    if (word === undefined) throw new UsageError(`--${name} must be ${words.join(' or ')}, not "${given}"`);
    return word;
  };
  return { type: 'string', multiple: false, value: words.join('|'), description, read };
}

/** Where it listens; 0 is any port that is free. */
export function portFlag(port: number): Flag<number> {
  const description = `where it listens; default ${port}, 0 for any that is free`;
  return wholeNumber(description, { from: 0, to: 65_535, otherwise: port });
}

export const tlsFlag = whether('serve TLS, with a certificate of an authority of its own, which is printed');

export const lifetimeFlag = wholeNumber('life of the tokens; default 3600', {
  value: 'seconds',
  from: 1,
  to: 31_536_000,
  otherwise: 3_600,
});

/** @throws UsageError when it is not `id:secret` */
export function clientOf(given: string): { readonly clientId: string; readonly clientSecret: string } {
  const [clientId, clientSecret] = halves(given, ':', '--client must be id:secret');
  return { clientId, clientSecret };
}

/** @throws UsageError when it is no address of a key set */
export function jwksUrl(given: string): string {
  if (/^https?:\/\//.test(given) && URL.canParse(given)) return given;
  throw new UsageError(`--jwks must be an http(s) URL, not "${given}"`);
}

/**
 * The two halves of `left<separator>right`.
 *
 * @param otherwise the message when a half is empty or missing; the value itself may be secret
 * @throws UsageError
 */
export function halves(
  given: string,
  separator: string,
  otherwise: string,
): readonly [left: string, right: string] {
  const at = given.indexOf(separator);
  const pair = [given.slice(0, at), given.slice(at + separator.length)] as const;
  if (at <= 0 || pair[1] === '') throw new UsageError(otherwise);
  return pair;
}
