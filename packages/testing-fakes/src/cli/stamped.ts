/** A line of the log on a terminal: when, and what. What somebody sent must not steer the terminal. */
export function stamped(...parts: readonly (string | number)[]): string {
  return `${new Date().toISOString()} ${parts.join(' ').replaceAll(/[^ -~]/g, '?')}`;
}
