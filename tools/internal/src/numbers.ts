import { shown } from './options.ts';

/** Options of which any may be missing or `undefined`; both mean "the default". */
export type OptionsOf<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** `given` over `defaults`; `undefined` never overwrites a default. */
export function withDefaults<T extends object>(defaults: T, given: OptionsOf<T>): T {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(present) };
}

/** @throws TypeError for what is no number */
export function checkNumber(name: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number; received ${received(value)}`);
}

/** The range that a number must lie in, both ends allowed. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** Whether {@link Range.min} itself is rejected. Default false. */
  readonly aboveMin?: boolean;
}

/**
 * Rejects a number outside its range, `NaN` too.
 *
 * @throws RangeError with the name, the received value and the allowed range
 */
export function checkRange(name: string, value: number, { min, max, aboveMin = false }: Range): void {
  if (Number.isFinite(value) && (aboveMin ? value > min : value >= min) && value <= max) return;
  const lower = aboveMin ? `above ${min}` : `at least ${min}`;
  const upper = max === Number.MAX_VALUE ? '' : ` and at most ${max}`;
  throw new RangeError(`${name} must be a finite number, ${lower}${upper}; received ${received(value)}`);
}

/** Shows whether a text was received, which may look like a number. */
function received(value: unknown): string {
  return typeof value === 'string' ? `the text "${value}"` : shown(value);
}

/**
 * Rejects two numbers that contradict each other.
 *
 * @throws RangeError with both names and both received values
 */
export function checkOrder(lowerName: string, lower: number, upperName: string, upper: number): void {
  if (lower <= upper) return;
  throw new RangeError(`${lowerName} must not be above ${upperName}; received ${lower} and ${upper}`);
}

/** A duration in milliseconds: finite and above 0. */
export const positiveMs: Range = { min: 0, max: Number.MAX_VALUE, aboveMin: true };

/** A duration in milliseconds that may be 0. */
export const anyMs: Range = { min: 0, max: Number.MAX_VALUE };

/** The longest that a timer of the host can wait, in milliseconds. */
export const maxTimerMs = 2 ** 31 - 1;

/** A duration in milliseconds that one timer of the host can wait: above 0. */
export const timerMs: Range = { min: 0, max: maxTimerMs, aboveMin: true };
