import { inspect } from 'node:util';
import { InvalidSecretError } from './errors.ts';
import type { Secret } from './secret-store.ts';

const hidden = '[redacted]';

/**
 * A {@link Secret} of `fields`, empty ones left out, or `undefined` when nothing is left.
 *
 * Printed, inspected or turned into JSON it shows the names alone; a copy (`{ ...secret }`) is a plain object.
 */
export function secretOf(fields: Readonly<Record<string, string>>): Secret | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== '');
  return entries.length === 0 ? undefined : hideValues(Object.fromEntries(entries));
}

/** Makes `record` show its keys, and not its values, when it is printed, inspected or turned into JSON. */
export function hideValues<T extends object>(record: T): T {
  const masked = (): Record<string, string> =>
    Object.fromEntries(Object.keys(record).map((key) => [key, hidden]));
  Object.defineProperty(record, inspect.custom, { value: masked });
  // A secret may have a field of this name; it wins, and JSON then shows what JSON.stringify makes of it.
  if (!Object.hasOwn(record, 'toJSON')) Object.defineProperty(record, 'toJSON', { value: masked });
  return record;
}

/** The field `name` of `secret`; never a property that every object inherits. */
export function fieldOf(secret: Secret, name: string): string | undefined {
  return Object.hasOwn(secret, name) ? secret[name] : undefined;
}

/**
 * The fields of a JSON object: text as it is, `true` and numbers as their text, objects as JSON, `null` left out.
 *
 * @param where names the secret in the error
 * @throws InvalidSecretError for a number too large to be read exactly, such as an unquoted numeric client id
 */
export function fieldsOfJson(value: object, where: string): Record<string, string> {
  const fields = Object.entries(value).flatMap(([key, field]): [string, string][] => {
    const text = textOf(field, key, where);
    return text === undefined ? [] : [[key, text]];
  });
  return Object.fromEntries(fields);
}

/**
 * The fields of a secret in any of its shapes: a secret with one value, and that a JSON object, has the object's
 * fields; every other secret its own.
 */
export function unwrap(secret: Secret, where: string): Secret {
  const values = Object.values(secret);
  const [only] = values;
  if (values.length !== 1 || only === undefined || !only.trimStart().startsWith('{')) return secret;
  const parsed = parseJson(only);
  if (!isJsonObject(parsed)) return secret;
  return secretOf(fieldsOfJson(parsed, where)) ?? hideValues({});
}

/** Parsed JSON, or `undefined` for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown, key: string, where: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new InvalidSecretError(`${where}: "${key}" is a number too large to be exact. Put it in quotes.`);
  }
  return JSON.stringify(value);
}
