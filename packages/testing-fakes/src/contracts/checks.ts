import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import { findLeak } from '../leaks/assert-no-leak.ts';
import { shownTexts } from '../leaks/everything-shown.ts';

/*
 * What the contracts check with. Nothing here asks which realm a value of an implementation is of: a test framework may run that in a
 * realm of its own, whose `Error` is another one, and then `assert.rejects` takes a right error for a wrong one.
 */

/** So many characters of a secret in a row are a leak: tokens may begin with a word that stands in other texts. */
export const leakLength = 12;

/** @throws AssertionError with `message` unless `condition` holds */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError({ message });
}

/**
 * For values that are not secret: a token is compared with `check`.
 *
 * @throws AssertionError that shows both unless they are the same
 */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  check(
    isDeepStrictEqual(actual, expected),
    `${what} must be ${inspect(expected)}, and is ${inspect(actual)}`,
  );
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

/**
 * A caller who leaves: at once, or after `wait`.
 *
 * @throws AssertionError unless his call rejects with the reason of his signal, which is no `Error`
 */
export async function checkLeaves(
  call: (signal: AbortSignal) => Promise<unknown>,
  wait?: () => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const reason = 'a reason that is no Error';
  const left = rejection(call(controller.signal), 'The call of a caller who leaves');
  if (wait !== undefined) await wait();
  controller.abort(reason);
  check((await left) === reason, "The call of a caller who leaves must reject with the signal's own reason");
}

/** @throws AssertionError unless a caller who has left already gets the reason of his signal */
export async function checkHasLeft(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const reason = 'a reason that is no Error';
  const actual = await rejection(call(AbortSignal.abort(reason)), 'The call of a caller who has left');
  check(actual === reason, "The call of a caller who has left must reject with the signal's own reason");
}

/** @throws AssertionError when `promise` is fulfilled, or rejects with what is no error or shows one of `secrets` */
export async function checkFails(
  promise: Promise<unknown>,
  what: string,
  secrets: readonly string[],
): Promise<void> {
  const error = await rejection(promise, what);
  const { message, stack } = (error ?? {}) as { readonly message?: unknown; readonly stack?: unknown };
  check(typeof message === 'string' && message !== '', 'What it rejects with must have a message');
  check(typeof stack === 'string', 'What it rejects with must be an Error, with a stack');
  checkShowsNone(error, secrets, 'The error');
}

/**
 * @param isShown whether the value of a property counts. Default every one
 * @throws AssertionError that says where, when a person or a log could see one of `secrets` in `value`
 */
export function checkShowsNone(
  value: unknown,
  secrets: readonly string[],
  what: string,
  isShown?: (property: PropertyDescriptor) => boolean,
): void {
  const leakIn = findLeak(secrets, leakLength);
  for (const [where, text] of shownTexts(value, isShown))
    check(leakIn(text) === undefined, `${what} shows a secret or a part of one, ${where}`);
}

/** @throws AssertionError unless `actual` has exactly the fields of `expected`; the values are not shown */
export function checkFields(
  actual: Readonly<Record<string, string>> | undefined,
  expected: Readonly<Record<string, string>>,
  what: string,
): void {
  check(actual !== undefined, `${what} must be there, and is not`);
  for (const [key, value] of Object.entries(expected)) {
    check(Object.hasOwn(actual, key), `The field ${JSON.stringify(key)} of ${what} is missing`);
    checkText(actual[key], value, `The field ${JSON.stringify(key)} of ${what}`);
  }
  const added = Object.getOwnPropertyNames(actual).find((key) => !Object.hasOwn(expected, key));
  check(added === undefined, `The field ${JSON.stringify(added)} of ${what} is none of the store's`);
}

/** @throws AssertionError that says where two texts differ first, unless they are the same; they are not shown */
export function checkText(actual: unknown, expected: string, what: string): void {
  if (actual === expected) return;
  check(typeof actual === 'string', `${what} is a ${typeof actual}, and must be a text`);
  const has = Array.from(actual);
  const at = Array.from(expected).findIndex((character, index) => character !== has[index]);
  const place = at < 0 ? 'behind its end' : `at character ${at + 1}`;
  check(
    false,
    `${what} has another value: ${expected.length} characters became ${actual.length}, with the first difference ${place}`,
  );
}
