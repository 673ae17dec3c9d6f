import { isJsonObject, parseJson, type Secret } from '@worker-auth/internal';
import { inspect } from 'node:util';
import { InvalidSecretError, SecretStoreErrorCode } from './errors.ts';

const hidden = '[redacted]';

/**
 * A {@link Secret} of `fields`, empty ones left out, or `undefined` when nothing is left.
 *
 * Printed, inspected or turned into JSON it shows the names alone. Its fields are read by their names: copies (`{ ...secret }`) and tables are empty.
 *
 * @throws InvalidSecretError for a field called `toJSON`
 */
export function secretOf(fields: Readonly<Record<string, string>>): Secret | undefined {
  const entries = entriesOf(fields).filter(([, value]) => value !== '');
  return entries.length === 0 ? undefined : hideValues(Object.fromEntries(entries));
}

/** Names and values of a secret, which it lists to nobody else, or of a plain object. */
export function entriesOf<V>(record: Readonly<Record<string, V>>): [string, V][] {
  return Object.getOwnPropertyNames(record).map((name) => [name, record[name] as V]);
}

/**
 * A frozen object that gives the values of `record` and shows its keys alone: `util.inspect` looks at the target of a proxy, whatever
 * its options are, and that holds no value. Its properties are accessors: of a data property that is frozen, the engine's error would
 * show the value. None is enumerable: whatever copies or lists an object reads the values of those.
 *
 * @throws InvalidSecretError for a key `toJSON`: a program and `JSON.stringify` read it alike
 */
export function hideValues<T extends object>(record: T): T {
  if (Object.hasOwn(record, 'toJSON')) {
    throw new InvalidSecretError('A field cannot be called "toJSON": it would show the others. Rename it.', {
      code: SecretStoreErrorCode.secretInvalid,
    });
  }
  const values = new Map<PropertyKey, unknown>(Object.entries(record));
  const masked = (): unknown => Object.fromEntries(Object.keys(record).map((key) => [key, hidden]));
  const target = Object.defineProperty({} as T, inspect.custom, { value: masked });
  for (const key of Object.keys(record)) {
    Object.defineProperty(target, key, { get: () => hidden });
  }
  return new Proxy(Object.freeze(target), {
    get: (_target, key): unknown => {
      if (values.has(key)) return values.get(key);
      return key === 'toJSON' ? masked : Reflect.get(target, key);
    },
  });
}

/** The field `name` of `secret`, an empty one counting as none; never a property that every object inherits. */
export function fieldOf(secret: Secret, name: string): string | undefined {
  return (Object.hasOwn(secret, name) ? secret[name] : undefined) || undefined;
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
  const [only, ...others] = entriesOf(secret);
  if (only === undefined || others.length > 0) return secret;
  // `trim` takes a byte order mark away too.
  const parsed = parseJson(only[1].trim());
  if (!isJsonObject(parsed)) return secret;
  return secretOf(fieldsOfJson(parsed, where)) ?? hideValues({});
}

function textOf(value: unknown, key: string, where: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null) return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new InvalidSecretError(`${where}: "${key}" is a number too large to be exact. Put it in quotes.`, {
      code: SecretStoreErrorCode.secretInvalid,
    });
  }
  return JSON.stringify(value);
}
