import { describe, expect, it } from 'vitest';
import {
  anyMs,
  checkOrder,
  checkRange,
  maxTimerMs,
  positiveMs,
  timerMs,
  withDefaults,
} from '../src/numbers.ts';

describe('checkRange', () => {
  it.each([
    ['positiveMs', positiveMs, [Number.MIN_VALUE, 1, Number.MAX_VALUE], [0, -1, Number.NaN, Infinity]],
    ['anyMs', anyMs, [0, 1, Number.MAX_VALUE], [-1, Number.NaN, Infinity, -Infinity]],
    ['timerMs', timerMs, [0.5, maxTimerMs], [0, maxTimerMs + 1, Number.NaN]],
    ['a range of its own', { min: 0, max: 1 }, [0, 1], [-0.1, 1.1]],
  ])('takes both ends of %s, and nothing beyond', (_name, range, good, bad) => {
    for (const value of good)
      expect(() => {
        checkRange('x', value, range);
      }).not.toThrow();
    for (const value of bad)
      expect(() => {
        checkRange('x', value, range);
      }).toThrow(RangeError);
  });

  it.each(['60000', null, undefined, {}])('takes no %j for a number', (value) => {
    expect(() => {
      checkRange('x', value as number, anyMs);
    }).toThrow(RangeError);
  });

  it('says the name, what was received and what is allowed', () => {
    expect(() => {
      checkRange('ratio', 2, { min: 0, max: 1 });
    }).toThrow('ratio must be a finite number, at least 0 and at most 1; received 2');
    expect(() => {
      checkRange('delayMs', 0, positiveMs);
    }).toThrow('delayMs must be a finite number, above 0; received 0');
    expect(() => {
      checkRange('delayMs', '10' as unknown as number, positiveMs);
    }).toThrow('delayMs must be a finite number, above 0; received the text "10"');
  });
});

describe('checkOrder', () => {
  it('takes two that are equal or in order', () => {
    expect(() => {
      checkOrder('a', 1, 'b', 1);
      checkOrder('a', 1, 'b', 2);
    }).not.toThrow();
  });

  it('rejects two that contradict each other, with both names and values', () => {
    expect(() => {
      checkOrder('minMs', 2, 'maxMs', 1);
    }).toThrow('minMs must not be above maxMs; received 2 and 1');
  });
});

describe('withDefaults', () => {
  it('takes what is given, and the default for what is missing or undefined', () => {
    const defaults = { a: 1, b: 2, c: 0 };
    expect(withDefaults(defaults, { a: 7, b: undefined })).toEqual({ a: 7, b: 2, c: 0 });
    expect(withDefaults(defaults, { c: 0 })).toEqual(defaults);
  });

  it('changes neither', () => {
    const defaults: { readonly a: number } = Object.freeze({ a: 1 });
    const given: { readonly a: number } = Object.freeze({ a: 2 });
    expect(withDefaults(defaults, given)).toEqual({ a: 2 });
  });
});
