import type { DayPlan } from './day-plan.ts';
import type { QueueRecord } from './steady-load.ts';
import type { WorkerUnderTest } from './worker-under-test.ts';

/** How the log line begins when Temporal rejects a probe, */
export const rejectedText = 'Temporal rejects the access token';
/** when it does not accept a result, */
const pendingText = 'Temporal has not accepted an activity result';
/** and when the token endpoint rejects the client. */
export const clientRejectedText = 'The OAuth server rejected the client';

const signs = {
  'rejected call': [rejectedText, pendingText],
  'rejected request': [clientRejectedText],
} as const;

/** When the cause of a bad day began and ended; milliseconds since the epoch. */
export interface CauseTimes {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

/** How a worker fared on a bad day. */
export interface Figures {
  /** `undefined`: not back by the end. */
  readonly backAfterSeconds: number | undefined;
  readonly started: number;
  readonly completed: number;
  /** Workflows whose activity ran more than once. */
  readonly twice: number;
  readonly state: string;
}

/** Reads them off what was recorded until now. */
export function figuresOf(
  day: DayPlan,
  cause: CauseTimes,
  worker: WorkerUnderTest,
  load: QueueRecord,
): Figures {
  const runs = [...worker.activities.values()];
  return {
    backAfterSeconds: backAfterSeconds(day, cause, worker, load),
    started: load.startedAtMs.size,
    completed: load.completedAtMs.size,
    twice: runs.filter(({ length }) => length > 1).length,
    state: worker.state,
  };
}

/** Whether it came to the moment from which its way back is measured; the control probes nothing. */
export function hasNoticed({ countsFrom }: DayPlan, cause: CauseTimes, worker: WorkerUnderTest): boolean {
  if (countsFrom === undefined || worker.kind === 'control') return true;
  return noticedAtMs(countsFrom, cause, worker) !== undefined;
}

/**
 * A worker is back when a workflow is complete whose activity began after the cause had ended, and where a new token is needed after that
 * token had come: a poll, the activity, its outcome and a workflow task went through. The time of the activity is in it.
 */
function backAfterSeconds(
  { countsFrom, needsToken = false }: DayPlan,
  cause: CauseTimes,
  worker: WorkerUnderTest,
  load: QueueRecord,
): number | undefined {
  const signAtMs = countsFrom && noticedAtMs(countsFrom, cause, worker);
  // The end of the cause where it shows no such sign: the control probes nothing.
  const fromMs = signAtMs ?? cause.endedAtMs;
  // What is up again gives tokens before we know that it is.
  const tokenAtMs = worker.tokensAtMs.find((atMs) => atMs >= (signAtMs ?? cause.beganAtMs));
  const sinceMs = needsToken ? tokenAtMs && Math.max(tokenAtMs, fromMs) : fromMs;
  if (sinceMs === undefined) return undefined;
  let backAtMs = Infinity;
  for (const [workflowId, begunAtMs] of worker.activities) {
    const completedAtMs = load.completedAtMs.get(workflowId) ?? Infinity;
    if ((begunAtMs[0] ?? 0) >= sinceMs) backAtMs = Math.min(backAtMs, completedAtMs);
  }
  return backAtMs === Infinity ? undefined : (backAtMs - fromMs) / 1_000;
}

/** When the first of the signs stood in the worker's log. */
function noticedAtMs(
  countsFrom: NonNullable<DayPlan['countsFrom']>,
  { beganAtMs }: CauseTimes,
  worker: WorkerUnderTest,
): number | undefined {
  const times = signs[countsFrom].map((text) => worker.saidAtMs(text, beganAtMs) ?? Infinity);
  const firstMs = Math.min(...times);
  return firstMs === Infinity ? undefined : firstMs;
}
