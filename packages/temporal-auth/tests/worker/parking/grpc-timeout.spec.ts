import { describe, expect, it } from 'vitest';
import { grpcTimeoutMs } from '../../../src/worker/parking/grpc-timeout.ts';

describe('grpcTimeoutMs', () => {
  it.each([
    ['2H', 7_200_000],
    ['2M', 120_000],
    ['70S', 70_000],
    ['11000m', 11_000],
    ['70000000u', 70_000],
    ['99999999n', 99.999_999],
    ['0S', 0],
  ])('of %s is %d', (field, ms) => {
    expect(grpcTimeoutMs(field)).toBeCloseTo(ms, 6);
  });

  it.each(['', 'S', '70', '70s', ' 70S', '70S ', '-70S', '7.5S', '123456789S', 'undefined'])(
    'of "%s" is nothing',
    (field) => {
      expect(grpcTimeoutMs(field)).toBeUndefined();
    },
  );
});
