/**
 * The name that was probably meant: the one that takes the fewest changes, else one that begins as the wrong one does. `undefined` when
 * that is more than a third of it and none begins so.
 */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const given = wrong.toLowerCase();
  const ranked = names
    .map((name) => ({ name, changes: changesBetween(given, name.toLowerCase()) }))
    .sort((left, right) => left.changes - right.changes);
  const [best] = ranked;
  if (best !== undefined && best.changes <= Math.max(2, best.name.length / 3)) return best.name;
  return ranked.find(({ name }) => beginsAs(given, name.toLowerCase()))?.name;
}

/** How an error about a wrong name goes on: with the nearest, or with all. */
export function hintAt(wrong: string, names: readonly string[]): string {
  const nearest = nearestName(wrong, names);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`;
}

function beginsAs(one: string, other: string): boolean {
  return one !== '' && (one.startsWith(other) || other.startsWith(one));
}

/** How many characters must be put in, left out or replaced, or change places with the next (optimal string alignment). */
export function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  let before = row;
  for (let at = 0; at < from.length; at++) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[at] === to[column - 1] ? 0 : 1);
      const isSwapped = from[at] === to[column - 2] && from[at - 1] === to[column - 1];
      const swapped = isSwapped ? (before[column - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
