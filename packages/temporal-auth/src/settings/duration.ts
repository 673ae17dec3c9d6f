const unitMs: readonly (readonly [unit: RegExp, ms: number])[] = [
  [/^(?:|ms|msecs?|milliseconds?)$/i, 1],
  [/^(?:s|secs?|seconds?)$/i, 1_000],
  [/^(?:m|mins?|minutes?)$/i, 60_000],
  [/^(?:h|hrs?|hours?)$/i, 3_600_000],
  [/^(?:d|days?)$/i, 86_400_000],
];

/**
 * Milliseconds of a duration as Temporal's options take one: a number of them, or a text such as `10 seconds` or `1.5m`, up to days.
 *
 * @throws TypeError for any other text
 */
export function durationMs(duration: number | string): number {
  if (typeof duration === 'number') return duration;
  const [, amount, unit = ''] = /^(-?\d*\.?\d+) *([a-z]*)$/i.exec(duration) ?? [];
  const ms = unitMs.find(([pattern]) => pattern.test(unit))?.[1];
  if (amount === undefined || ms === undefined) throw new TypeError(`Invalid duration string: '${duration}'`);
  return Number(amount) * ms;
}
