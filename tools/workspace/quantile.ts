/**
 * The value below which this share of the values lies.
 *
 * @throws RangeError when there is none, or when one is not a number
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.floor(sorted.length * share)];
  if (value === undefined || sorted.some(Number.isNaN)) throw new RangeError('Nothing was measured');
  return value;
}

/**
 * The middle value.
 *
 * @throws RangeError as {@link quantile}
 */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
