import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';

/*
 * What the contracts check with. Nothing here asks which realm a value is of: a test framework may run an implementation in a
 * realm of its own, whose `Error` is another one, and then `assert.rejects` takes a right error for a wrong one.
 */

/** @throws AssertionError with `message` unless `condition` holds */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError({ message });
}

/** Whether two plain values, or two arrays of them, are the same by `Object.is`. */
export function isSame(actual: unknown, expected: unknown): boolean {
  return Array.isArray(actual) && Array.isArray(expected)
    ? actual.length === expected.length && actual.every((value, index) => Object.is(value, expected[index]))
    : Object.is(actual, expected);
}

/**
 * For values that are not secret: a token is compared with `check(isSame(…))`.
 *
 * @throws AssertionError that shows both unless they are the same, see {@link isSame}
 */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  check(isSame(actual, expected), `${what} must be ${inspect(expected)}, and is ${inspect(actual)}`);
}

/**
 * What `promise` rejects with.
 *
 * @throws AssertionError when it is fulfilled; with what is not shown, for it may be secret
 */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  );
  check(outcome !== undefined, `${what} must reject, and was fulfilled`);
  return outcome.reason;
}

/** @throws AssertionError unless `promise` rejects with `reason` itself */
export async function checkRejectsWith(
  promise: Promise<unknown>,
  reason: unknown,
  what: string,
): Promise<void> {
  const actual = await rejection(promise, what);
  check(actual === reason, `${what} must reject with the signal's own reason, and rejects with another`);
}

/** @throws AssertionError unless `actual` has exactly the fields of `expected`; the values are not shown */
export function checkFields(
  actual: Readonly<Record<string, string>> | null | undefined,
  expected: Readonly<Record<string, string>>,
  what: string,
): void {
  check(actual !== undefined && actual !== null, `${what} must be there, and is not`);
  checkSame(Object.keys(actual).sort(), Object.keys(expected).sort(), `The fields of ${what}`);
  for (const [key, value] of Object.entries(expected)) {
    check(actual[key] === value, `The field ${JSON.stringify(key)} of ${what} has another value`);
  }
}
