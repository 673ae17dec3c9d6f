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

/** The name that takes the fewest changes; `undefined` when that is more than a third of it. */
function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, changes: changesBetween(wrong.toLowerCase(), name.toLowerCase()) }))
    .sort((left, right) => left.changes - right.changes);
  const [best] = ranked;
  return best !== undefined && best.changes <= Math.max(2, best.name.length / 3) ? best.name : undefined;
}

/** How many characters must be put in, left out or replaced (Levenshtein). */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 0; at < from.length; at++) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[at] === to[column - 1];
      const replaced = (row[column - 1] ?? 0) + (isSame ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
