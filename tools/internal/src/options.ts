import { nearestName } from '@worker-auth/ports/nearest-name';

/** @throws TypeError for a value that an option or an argument cannot have */
export type Check = (name: string, value: unknown) => void;

/** The names of all options: each key of the type, so that the compiler misses none. `true` for one that is looked at elsewhere. */
export type OptionNames<T> = Readonly<Record<keyof T, Check | true>>;

/** Options that mean the same in each package. */
const sharedChecks: Readonly<Record<string, Check>> = {
  clock: checkClock,
  env: checkObject,
  signal: checkSignal,
};

/**
 * Rejects options that there are not, so that a misspelt one is not silently left out, and a `clock`, `env` or `signal` that is none. One that
 * is `undefined` is none.
 *
 * @param owner whose options they are, for the message
 * @throws TypeError with the nearest name; for what is no plain object
 */
export function checkOptions<T>(owner: string, given: T, names: OptionNames<T>): void {
  if (!isPlain(given)) {
    throw new TypeError(`The options of ${owner} must be an object`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (Object.hasOwn(names, name)) {
      const check: Check | true = names[name as keyof T];
      (typeof check === 'function' ? check : sharedChecks[name])?.(name, value);
      continue;
    }
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
  throw new TypeError(`${name} must be one of ${choices.join(', ')}; received ${shown(value)}`);
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

/** @throws TypeError for anything but a text; the value may be secret, and is not shown */
export function checkText(name: string, value: unknown): void {
  if (typeof value === 'string') return;
  throw new TypeError(`${name} must be a text; received ${value === null ? 'null' : typeof value}`);
}

/** @throws TypeError for what is no object, or one with an iterator */
export function checkObject(name: string, value: unknown): void {
  if (!isPlain(value)) throw new TypeError(`${name} must be an object; received ${shown(value)}`);
}

/** @throws TypeError for what is no list */
export function checkList(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a list; received ${shown(value)}`);
}

/** @throws TypeError for what lacks one of the methods of a port */
export function checkMethods(name: string, value: unknown, ...methods: readonly string[]): void {
  const given = Object(value) as Readonly<Record<string, unknown>>;
  const missing = methods.find((method) => typeof given[method] !== 'function');
  if (missing === undefined) return;
  throw new TypeError(`${name} must have the method ${missing}; received ${shown(value)}`);
}

/** @throws TypeError for what is no `Clock` */
export function checkClock(name: string, value: unknown): void {
  checkMethods(name, value, 'monotonicNow', 'wallNow', 'startTimer');
}

/** @throws TypeError for what is no `AbortSignal`, of whatever realm */
export function checkSignal(name: string, value: unknown): void {
  checkMethods(name, value, 'throwIfAborted', 'addEventListener', 'removeEventListener');
}

/** @throws the signal's reason when it has aborted; TypeError for what is no signal */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  checkSignal('signal', signal);
  signal.throwIfAborted();
}

/** A value in a message: what has parts by its type alone. */
export function shown(value: unknown): string {
  return Object(value) === value ? typeof value : String(value);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `the text "${value}"` : typeof value;
}
