/**
 * The middle value.
 *
 * @throws RangeError when there is none, or when one is not a number
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined || sorted.some(Number.isNaN)) throw new RangeError('Nothing was measured');
  return middle;
}
