import type { Execution } from './execution.ts';

/** Temporal's numbers of the policies about a workflow id that was used before; 0, unspecified, is `allow duplicate`. */
const reusePolicy = { allowDuplicateFailedOnly: 2, rejectDuplicate: 3 } as const;

/** Whether a workflow may start under an id whose newest run is `earlier`. */
export function mayStart(earlier: Execution | undefined, policy: number | null | undefined): boolean {
  if (earlier === undefined) return true;
  if (earlier.closed === undefined || policy === reusePolicy.rejectDuplicate) return false;
  return policy !== reusePolicy.allowDuplicateFailedOnly || earlier.closed.status !== 'COMPLETED';
}
