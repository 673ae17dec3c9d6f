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

/** `PollWorkflowTaskQueue` of `/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue`. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The pattern for messages, with a blank before it; nothing for all methods. */
export function atMethod(pattern: MethodPattern | undefined): string {
  return pattern === undefined ? '' : ` at ${[pattern].flat().join(', ')}`;
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
