import { nearestName } from '@worker-auth/ports/nearest-name';

/** The names of all options: each key of the type, so that the compiler misses none. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * Rejects options that there are not, so that a misspelt one is not silently left out. One that is `undefined` is none.
 *
 * @param owner whose options they are, for the message
 * @throws TypeError with the nearest name; for what is no plain object
 */
export function checkOptions<T>(owner: string, given: T, names: OptionNames<T>): void {
  if (!isPlain(given)) {
    throw new TypeError(`The options of ${owner} must be an object`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    const nearest = nearestName(name, Object.keys(names));
    const hint =
      nearest === undefined ? `it has ${Object.keys(names).join(', ')}` : `did you mean ${nearest}?`;
    throw new TypeError(`${owner} has no option ${name}: ${hint}`);
  }
}

/**
 * Rejects two options that exclude each other. Their types reject them already: this is for programs without types.
 *
 * @param path of what has them, with a dot at its end
 * @throws TypeError with both names
 */
export function checkApart(given: object, one: string, others: readonly string[], path = ''): void {
  const options = given as Readonly<Record<string, unknown>>;
  const other = others.find((name) => options[name] !== undefined);
  if (options[one] === undefined || other === undefined) return;
  throw new TypeError(`Give ${path}${one} or ${path}${other}, not both`);
}

/** Whether a value may be options or fields: lists, maps, sets and the like have none that anybody would read. */
export function isPlain(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !(Symbol.iterator in given);
}

/** @throws TypeError for a value that is not one of the choices; `undefined` is none */
export function checkChoice<T extends string>(
  name: string,
  value: T | undefined,
  choices: readonly T[],
): void {
  if (value === undefined || choices.includes(value)) return;
  throw new TypeError(`${name} must be one of ${choices.join(', ')}; received ${value}`);
}

/** @throws TypeError for anything but a function */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(`${name} must be a function; received ${typeof value}`);
}

/** @throws TypeError for what is neither true nor false, such as a text of the environment; `undefined` is none */
export function checkBoolean(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new TypeError(`${name} must be true or false; received ${describe(value)}`);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `the text "${value}"` : typeof value;
}
