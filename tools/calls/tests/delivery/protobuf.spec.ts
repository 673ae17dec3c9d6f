import { expect, it } from 'vitest';
import { readFields } from '../../src/delivery/protobuf.ts';

function read(...bytes: readonly number[]): {
  readonly fields: readonly number[];
  readonly isWhole: boolean;
} {
  const fields: number[] = [];
  const isWhole = readFields(Buffer.from(bytes), (field) => fields.push(field));
  return { fields, isWhole };
}

it('reads numbers, and what has a length, to the end, and passes over numbers of a fixed size', () => {
  const bytes = [0x08, 0x01, 0x11, ...[0, 0, 0, 0, 0, 0, 0, 0], 0x1a, 0x01, 9, 0x25, ...[0, 0, 0, 0]];
  expect(read(...bytes)).toEqual({ fields: [1, 3], isWhole: true });
  expect(read()).toEqual({ fields: [], isWhole: true });
});

it('passes over groups, whatever is in them', () => {
  // Group 2 with field 1 and group 3 in it, then field 1.
  expect(read(0x13, 0x0a, 0x01, 7, 0x1b, 0x08, 1, 0x1c, 0x14, 0x0a, 0x01, 8)).toEqual({
    fields: [1],
    isWhole: true,
  });
});

it.each([
  ['a key that is cut off', [0x80]],
  ['a value that is cut off', [0x08, 0x80]],
  ['a length beyond the end', [0x0a, 0x02, 0]],
  ['a fixed number that is cut off', [0x11, 0]],
  ['a wire type that there is not', [0x0e]],
  ['field 0', [0x02, 0x00]],
  ['a key of eleven bytes', [0x8a, ...Array.from({ length: 9 }, () => 0x80), 0, 0]],
  ['a number of eleven bytes', [0x08, ...Array.from({ length: 10 }, () => 0x80), 0]],
  ['a field beyond the last one', [0x8a, 0x80, 0x80, 0x80, 0x80, 1, 0]],
  ['the end of a group without a beginning', [0x14]],
  ['a group without an end', [0x13]],
])('is told that a message cannot be read: %s', (_case, bytes) => {
  expect(read(0x08, 1, ...bytes)).toEqual({ fields: [1], isWhole: false });
});

it('reads no more than ten thousand fields', () => {
  const { fields, isWhole } = read(
    ...Array.from({ length: 40_000 }, (_one, at) => (at % 2 === 0 ? 0x08 : 1)),
  );
  expect(fields).toHaveLength(10_000);
  expect(isWhole).toBe(false);
});

it('counts what is in groups too', () => {
  expect(read(...Array.from({ length: 20_000 }, () => 0x13)).isWhole).toBe(false);
  const { fields } = read(
    0x13,
    ...Array.from({ length: 40_000 }, (_one, at) => (at % 2 === 0 ? 0x08 : 1)),
    0x14,
    0x08,
    1,
  );
  expect(fields).toEqual([]);
});
