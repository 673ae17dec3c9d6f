import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import { shownTexts } from '../leaks/everything-shown.ts';
import { afterTurns } from '../host-time.ts';
import { originalOf } from './watched-calls.ts';

/** A shorter text is found in other texts by accident. */
const minCodedLength = 6;
/** So many characters in a row of a secret that the contracts made are shown by nobody else. */
const runLength = 4;
/** The beginning and the end of another one that is long enough, such as a token, are not shown either: of a very long one, just these. */
const [endLength, minLengthWithEnds, maxWholeLength] = [12, 24, 1_000];

type Search = (text: string) => boolean;

/** More than a breaker of circuits bears. */
export const maxFailures = 12;
/** More microtasks than the end of an abandoned request takes. */
const moments = 20;

/** Secrets that stand nowhere else, each part of which can be looked for. */
const planted = new Set<string>();

/** A secret is shown: that breaks a promise of its own, whatever the case is about. */
export class Leak extends AssertionError {
  readonly isOfError: boolean;

  constructor(message: string, isOfError: boolean) {
    super({ message });
    this.isOfError = isOfError;
  }
}

/** A secret of which not even a part may be shown: no word, and a sign in every few characters. */
export function planting(secret: string): string {
  planted.add(secret);
  return secret;
}

/*
 * What the contracts check with. Nothing here asks which realm a value of an implementation is of: a test framework may run that in a
 * realm of its own, whose `Error` is another one, and then `assert.rejects` takes a right error for a wrong one.
 */

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

/** @throws AssertionError unless `promise` rejects with `reason` itself */
export async function checkRejectsWith(
  promise: Promise<unknown>,
  reason: unknown,
  what: string,
): Promise<void> {
  const actual = await rejection(promise, what);
  check(actual === reason, `${what} must reject with the signal's own reason, and rejects with another`);
}

/**
 * What `promise` rejects with.
 *
 * @throws AssertionError when it is fulfilled, or rejects with what is no error or shows one of `secrets`
 */
export async function checkFails(
  promise: Promise<unknown>,
  what: string,
  secrets: readonly string[],
): Promise<unknown> {
  const error = await rejection(promise, what);
  const { message, stack } = (error ?? {}) as { readonly message?: unknown; readonly stack?: unknown };
  check(typeof message === 'string' && message !== '', 'What it rejects with must have a message');
  check(typeof stack === 'string', 'What it rejects with must be an Error, with a stack');
  checkShowsNone(error, secrets, 'The error');
  return error;
}

/**
 * @param isShown whether the value of a property counts. Default every one
 * @throws AssertionError that says where, when a person or a log could see one of `secrets` in `value`
 */
export function checkShowsNone(
  value: unknown,
  secrets: readonly string[] | Search,
  what: string,
  isShown?: (property: PropertyDescriptor) => boolean,
): void {
  const shows = searchFor(secrets);
  for (const [where, text] of shownTexts(originalOf(value), isShown)) {
    const isError = typeof (value as { readonly stack?: unknown } | undefined)?.stack === 'string';
    if (shows(text)) throw new Leak(`${what} shows a secret or a part of one, ${where}`, isError);
  }
}

/** Gives a function that says whether a text has one of `secrets` in it: as it is, or as a URL, a header, JSON or a dump of bytes has it. */
export function searchFor(secrets: readonly string[] | Search): Search {
  if (typeof secrets === 'function') return secrets;
  const forms = [...new Set([...new Set(secrets)].flatMap(formsOf))];
  const known = new Map<string, boolean>();
  return (text) => {
    const isShown = known.get(text) ?? forms.some((form) => text.includes(form));
    known.set(text, isShown);
    return isShown;
  };
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < minCodedLength) return [secret];
  if (secret.length > maxWholeLength) return [secret.slice(0, endLength), secret.slice(-endLength)];
  const starts = planted.has(secret) ? secret.length - runLength + 1 : 0;
  const parts = Array.from({ length: starts }, (_unused, at) => secret.slice(at, at + runLength));
  if (secret.length >= minLengthWithEnds) parts.push(secret.slice(0, endLength), secret.slice(-endLength));
  // Signs are escaped, and white space at the ends is often left out.
  const trimmed = secret.trim().padEnd(minCodedLength);
  parts.push(trimmed, JSON.stringify(secret).slice(1, -1), inspect(secret).slice(1, -1));
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  // In base64 a text looks different after each number of bytes: `id:secret`.
  const coded = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3)),
  );
  return [secret, ...parts, encodeURIComponent(secret), hex, hex.replace(/..(?!$)/g, '$& '), ...coded];
}

/** @throws AssertionError unless `actual` has exactly the fields of `expected`; the values are not shown */
export function checkFields(
  actual: Readonly<Record<string, string>> | undefined,
  expected: Readonly<Record<string, string>>,
  what: string,
): void {
  check(actual !== undefined, `${what} must be there, and is not`);
  for (const [key, value] of Object.entries(expected)) {
    const field = `The field ${JSON.stringify(key)} of ${what}`;
    check(Object.hasOwn(actual, key), `${field} is missing`);
    check(actual[key] === value, `${field} has another value${differenceOf(actual[key], value)}`);
  }
  const added = Object.getOwnPropertyNames(actual).find((key) => !Object.hasOwn(expected, key));
  check(added === undefined, `The field ${JSON.stringify(added)} of ${what} is none of the store's`);
}

/** Where two texts differ first: the texts are not shown. */
export function differenceOf(actual: unknown, expected: string): string {
  if (typeof actual !== 'string') return `, a ${typeof actual}`;
  const [has, wanted] = [actual, expected].map((text) => Array.from(text)) as [string[], string[]];
  const at = wanted.findIndex((sign, index) => sign !== has[index]);
  const first = wanted[at];
  const place = first === undefined ? 'behind its end' : `at character ${at + 1}, ${codeOf(first)}`;
  return `: ${wanted.length} characters became ${has.length}, with the first difference ${place}`;
}

function codeOf(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A caller who may leave: the signal, and the reason with which it is aborted then. By default that is an `Error`. */
export function leavingCaller(reason: unknown = new Error('the caller left')): {
  readonly signal: AbortSignal;
  readonly reason: unknown;
  readonly leave: () => void;
} {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    reason,
    leave: () => {
      controller.abort(reason);
    },
  };
}

/** A caller who leaves at once. Resolves when the call has ended, however it did. */
export async function leaveAtOnce(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const { signal, leave } = leavingCaller();
  const left = call(signal);
  leave();
  await left.catch(() => undefined);
}

/**
 * Callers who come and leave while nobody is answered, each some microtasks after the one before: at one of these moments a request
 * that ends with its last caller is ending.
 *
 * @throws AssertionError unless each gets the reason of his own signal
 */
export async function leaveInTurn(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const outcomes: Promise<unknown>[] = [];
  for (let moment = 0; moment < moments; moment++) {
    const { signal, reason, leave } = leavingCaller(`a text of caller ${moment}`);
    outcomes.push(call(signal).catch((error: unknown) => error === reason));
    await afterTurns(2);
    leave();
    for (let tasks = 0; tasks < moment; tasks++) await Promise.resolve();
  }
  const areRight = (await Promise.all(outcomes)).every((outcome) => outcome === true);
  check(areRight, "A caller who leaves must get his signal's own reason, also just after another has left");
}
