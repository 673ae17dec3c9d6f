import { hintAt, nearestName } from '@worker-auth/ports/nearest-name';

/**
 * Rejects a value that an option cannot have.
 *
 * @param name of the option, for the message
 * @throws TypeError, or RangeError for a number out of range
 */
export type Check = (name: string, value: unknown) => void;

/** A check for each option that there is, so that the compiler misses none. */
export type Checks<T> = { readonly [Name in keyof T]-?: Check };

/** The range of a number, both ends allowed. */
interface Range {
  readonly min?: number;
  /** Whether `min` itself is rejected. Default false. */
  readonly aboveMin?: boolean;
  readonly max?: number;
  /** Whether it must be a whole number. Default false. */
  readonly isWhole?: boolean;
}

/**
 * Rejects options that there are not, with the nearest name, and values that they cannot have. One that is `undefined` is not given.
 *
 * @param owner whose options they are, for the message: `MockOAuthServer.start`
 * @throws TypeError for an unknown name, or a value of the wrong type
 * @throws RangeError for a number out of range
 */
export function checkGiven<T extends object>(owner: string, given: T, checks: Checks<T>): void {
  checkObject(owner, given, checks, '');
}

export function options<T extends object>(checks: Checks<T>): Check {
  return (name, value) => {
    checkObject(name, value, checks, `${name}.`);
  };
}

/** @throws TypeError with the nearest name, or with all; what is no text is shown by its type alone */
export function checkName(what: string, value: unknown, names: readonly string[]): void {
  if (typeof value === 'string' && names.includes(value)) return;
  if (typeof value !== 'string') throw new TypeError(`${what} must be a name; received ${kindOf(value)}`);
  throw new TypeError(`There is no ${what} "${value}": ${hintAt(value, names)}`);
}

export function oneOf(words: readonly string[]): Check {
  return (name, value) => {
    if (typeof value === 'string' && words.includes(value)) return;
    const nearest = typeof value === 'string' ? nearestName(value, words) : undefined;
    const received = typeof value === 'string' ? `"${value}"` : kindOf(value);
    const hint = nearest === undefined ? '' : `: did you mean ${nearest}?`;
    throw new TypeError(`${name} must be one of ${words.join(', ')}; received ${received}${hint}`);
  };
}

export function number({
  min = -Infinity,
  aboveMin = false,
  max = Infinity,
  isWhole = false,
}: Range = {}): Check {
  return (name, value) => {
    if (typeof value !== 'number') throw wrongType(name, 'a number', value);
    const isKind = isWhole ? Number.isInteger(value) : Number.isFinite(value);
    if (isKind && (aboveMin ? value > min : value >= min) && value <= max) return;
    const from = min === -Infinity ? '' : aboveMin ? ` above ${min}` : `, at least ${min}`;
    const to = max === Infinity ? '' : `, at most ${max}`;
    throw new RangeError(
      `${name} must be a ${isWhole ? 'whole' : 'finite'} number${from}${to}; received ${value}`,
    );
  };
}

export const text: Check = ofType('string', 'a text');
export const flag: Check = ofType('boolean', 'true or false');
export const callback: Check = ofType('function', 'a function');
/** An `Error`, of whatever realm. */
export const failure: Check = (name, value) => {
  if (typeof (Object(value) as { readonly message?: unknown }).message === 'string') return;
  throw wrongType(name, 'an Error', value);
};
export const urlText: Check = (name, value) => {
  if (!URL.canParse(String(value))) throw wrongType(name, 'a URL', value);
};
export const durationMs: Check = number({ min: 0 });
export const positiveMs: Check = number({ min: 0, aboveMin: true });
export const portNumber: Check = number({ min: 0, max: 65_535, isWhole: true });

/** What is looked at elsewhere, or may be anything. */
export const anything: Check = () => undefined;

export function withMethods(...methods: readonly string[]): Check {
  return (name, value) => {
    const missing = methods.find(
      (method) => typeof (Object(value) as Record<string, unknown>)[method] !== 'function',
    );
    if (missing !== undefined) throw new TypeError(`${name} must have the method ${missing}`);
  };
}

export function listOf(check: Check): Check {
  return (name, value) => {
    if (!Array.isArray(value)) throw wrongType(name, 'a list', value);
    for (const [index, one] of (value as readonly unknown[]).entries()) check(`${name}[${index}]`, one);
  };
}

export const texts: Check = listOf(text);

export function recordOf(check: Check): Check {
  return (name, value) => {
    if (!isObject(value)) throw wrongType(name, 'an object', value);
    for (const [key, one] of Object.entries(value)) if (one !== undefined) check(`${name}.${key}`, one);
  };
}

/** What one of two checks takes; the second one says what is wrong with the rest. */
export function either(isForFirst: (value: unknown) => boolean, first: Check, second: Check): Check {
  return (name, value) => {
    (isForFirst(value) ? first : second)(name, value);
  };
}

export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export const textOrTexts: Check = either(isText, anything, texts);

function ofType(type: string, description: string): Check {
  return (name, value) => {
    if (typeof value !== type) throw wrongType(name, description, value);
  };
}

function checkObject<T extends object>(
  owner: string,
  given: unknown,
  checks: Checks<T>,
  prefix: string,
): void {
  if (!isObject(given))
    throw new TypeError(`The options of ${owner} must be an object; received ${kindOf(given)}`);
  const names = Object.keys(checks);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(checks, name))
      throw new TypeError(`${owner} has no option ${name}: ${hintAt(name, names)}`);
    checks[name as keyof T](`${prefix}${name}`, value);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** The value itself is not shown: it may be secret. */
function wrongType(name: string, description: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${description}; received ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
