import { describe, expect, it } from 'vitest';
import { memorySize } from '../../src/worker/memory-size.ts';

const kilo = 1_024;

describe('memorySize', () => {
  it.each([
    ['text', 'x'.repeat(kilo), 2 * kilo],
    ['a buffer', new Uint8Array(kilo), kilo],
    ['what a buffer views', new ArrayBuffer(kilo), kilo],
    ['an array', ['x'.repeat(kilo), 'x'.repeat(kilo)], 4 * kilo],
    [
      'an object, with the names of its fields',
      { ['x'.repeat(kilo)]: { inner: 'x'.repeat(kilo) } },
      4 * kilo,
    ],
    ['a map', new Map([['x'.repeat(kilo), 'x'.repeat(kilo)]]), 4 * kilo],
    ['a set', new Set(['x'.repeat(kilo)]), 2 * kilo],
    ['an error, by its cause too', new Error('', { cause: new Error('x'.repeat(kilo)) }), 2 * kilo],
    ['what an error carries', Object.assign(new Error(''), { details: ['x'.repeat(kilo)] }), 2 * kilo],
  ])('counts %s', (_name, value, atLeast) => {
    const bytes = memorySize(value);
    expect(bytes).toBeGreaterThanOrEqual(atLeast);
    // Messages stand in stacks again, and stacks are long.
    expect(bytes).toBeLessThan(2 * atLeast + 6 * kilo);
  });

  it('counts what is there twice once, and ends with a circle', () => {
    const shared = { text: 'x'.repeat(kilo), self: {} };
    shared.self = shared;
    expect(memorySize([shared, shared])).toBeLessThan(3 * kilo);
  });

  it.each([undefined, null, 5, true, 5n, () => 1])('takes %s', (value) => {
    expect(memorySize(value)).toBe(16);
  });

  it('takes a long array and a deep chain', () => {
    let chain: object = {};
    for (let depth = 0; depth < 100_000; depth++) chain = { chain };
    expect(memorySize([chain, new Array(300_000).fill(1)])).toBeGreaterThan(16 * 400_000);
  });
});
