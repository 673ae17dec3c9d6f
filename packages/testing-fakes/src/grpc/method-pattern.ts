import { knownPaths } from './methods.ts';
import { nearestName } from '@worker-auth/ports/nearest-name';

/**
 * Which methods something is for: short names (`PollWorkflowTaskQueue`), paths (`/grpc.health.v1.Health/Check`), or the beginning of
 * either with a star behind it (`Poll*`). One, or several of which any may fit.
 */
export type MethodPattern = string | readonly string[];

/** Whether a pattern is for a method; no pattern is for all. */
export function isForMethod(pattern: MethodPattern | undefined, path: string): boolean {
  if (pattern === undefined) return true;
  const names = [path, shortName(path)];
  return [pattern].flat().some((one) => names.some((name) => fits(one, name)));
}

/**
 * Rejects a pattern that no method of Temporal has; of a whole path everything is taken.
 *
 * @throws TypeError with the nearest name
 */
export function checkMethod(pattern: MethodPattern | undefined): void {
  for (const one of [pattern ?? []].flat() as readonly unknown[]) {
    if (typeof one !== 'string') throw new TypeError('A method must be named by a text');
    if (one.startsWith('/') || knownPaths().some((path) => isForMethod(one, path))) continue;
    throw new TypeError(`Temporal has no method "${one}": ${hintAtMethod(one)}`);
  }
}

function hintAtMethod(pattern: string): string {
  const names = knownPaths().map(shortName);
  if (pattern !== '' && names.some((name) => name.startsWith(pattern))) return `did you mean ${pattern}*?`;
  const nearest = nearestName(pattern.replace(/\*$/, ''), names);
  return nearest === undefined
    ? 'give a name as PollWorkflowTaskQueue, its beginning as Poll*, or a whole path'
    : `did you mean ${nearest}?`;
}

/** `PollWorkflowTaskQueue` of `/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue`. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
