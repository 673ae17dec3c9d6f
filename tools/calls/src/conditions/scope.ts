import type { ConditionCode, ConditionScope } from './codes.ts';

/** Of a condition: it is raised once. */
export function keyOf(code: ConditionCode, scope: ConditionScope): string {
  return `${code} ${JSON.stringify(scope)}`;
}

/** Whether two scopes may be about the same: no name has different values. */
export function overlaps(first: ConditionScope, second: ConditionScope): boolean {
  return Object.entries(first).every(
    ([name, value]) => value === undefined || second[name] === undefined || second[name] === value,
  );
}
