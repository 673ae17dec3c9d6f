import { begin, type Machine } from './machines.ts';
import type { ToldChange } from './told-changes.ts';

/** A way from one state to another, and the functions that take it. */
export interface Transition {
  readonly from: string;
  readonly to: string;
  /** In alphabetical order; none where an object begins. */
  readonly callers: readonly string[];
}

/** What was told of one machine, each way once, in an order that depends on nothing else. */
export function transitionsOf({ name }: Machine, changes: readonly ToldChange[]): readonly Transition[] {
  const ways = new Map<string, Transition>();
  for (const { machine, before: from, after: to, caller } of changes) {
    if (machine !== name || from === to) continue;
    const way = `${from} ${to}`;
    const callers = new Set(ways.get(way)?.callers).add(caller);
    callers.delete('');
    ways.set(way, { from, to, callers: [...callers].sort() });
  }
  return [...ways].sort(([one], [other]) => one.localeCompare(other, 'en')).map(([, way]) => way);
}

/** The states in the order in which they are come to. @throws Error for a state that nothing leads to, and for one that is not declared */
export function orderedStates(
  declared: readonly string[],
  transitions: readonly Transition[],
): readonly string[] {
  const order = [begin];
  for (const state of order) {
    for (const { from, to } of transitions) if (from === state && !order.includes(to)) order.push(to);
  }
  const reached = order.slice(1);
  const differing = [...declared, ...reached].filter(
    (state) => !declared.includes(state) || !reached.includes(state),
  );
  if (differing.length > 0) {
    throw new Error(`Declared, and never seen, or the other way: ${differing.join(', ')}`);
  }
  return reached;
}
