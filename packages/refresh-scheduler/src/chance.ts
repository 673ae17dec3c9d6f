/**
 * A number from 0 to 1 of `random`, which may be a caller's: what it throws, or gives outside that range, must not reach a timer.
 */
export function draw(random: () => number): number {
  try {
    const drawn = random();
    return drawn >= 0 && drawn <= 1 ? drawn : 0.5;
  } catch {
    return 0.5;
  }
}
