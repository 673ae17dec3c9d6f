import type { Lane } from '../worlds/lane.ts';
import type { DayPlan } from './bad-day.ts';
import type { QueueRecord } from './steady-load.ts';

/** What a worker's process tells by these events. */
const signs = {
  'rejected call': ['temporalProbed', 'resultPending'],
  'rejected request': ['credentialsRejected'],
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
export function figuresOf(day: DayPlan, cause: CauseTimes, lane: Lane, load: QueueRecord): Figures {
  return {
    backAfterSeconds: backAfterSeconds(day, cause, lane, load),
    started: load.startedAtMs.size,
    completed: load.completedAtMs.size,
    twice: [...lane.runs.values()].filter(({ length }) => length > 1).length,
    state: lane.state,
  };
}

/** When the first of the signs was told; `undefined`: not yet. */
export function noticedAtMs(
  countsFrom: NonNullable<DayPlan['countsFrom']>,
  sinceMs: number,
  lane: Lane,
): number | undefined {
  const names: readonly string[] = signs[countsFrom];
  return lane.told('event').find(({ name, atMs }) => names.includes(name) && atMs >= sinceMs)?.atMs;
}

/** Whether it came to the moment from which its way back is measured; the control probes nothing. */
export function hasNoticed({ countsFrom }: DayPlan, { beganAtMs }: CauseTimes, lane: Lane): boolean {
  if (countsFrom === undefined || lane.settings.kind === 'plain') return true;
  return noticedAtMs(countsFrom, beganAtMs, lane) !== undefined;
}

/**
 * A worker is back when a workflow is complete whose activity began after the cause had ended, and where a new token is needed after that
 * token had come: a poll, the activity, its outcome and a workflow task went through. The time of the activity is in it.
 */
function backAfterSeconds(
  { countsFrom, needsToken = false }: DayPlan,
  { beganAtMs, endedAtMs }: CauseTimes,
  lane: Lane,
  load: QueueRecord,
): number | undefined {
  const signAtMs = countsFrom && noticedAtMs(countsFrom, beganAtMs, lane);
  // The end of the cause where it shows no such sign: the control probes nothing.
  const fromMs = signAtMs ?? endedAtMs;
  // What is up again gives tokens before we know that it is.
  const isToken = ({ name, atMs }: { readonly name: string; readonly atMs: number }): boolean =>
    name === 'tokenRefreshed' && atMs >= (signAtMs ?? beganAtMs);
  const tokenAtMs = lane.told('event').find(isToken)?.atMs;
  const sinceMs = needsToken ? tokenAtMs && Math.max(tokenAtMs, fromMs) : fromMs;
  if (sinceMs === undefined) return undefined;
  const backAtMs = Math.min(
    ...Array.from(lane.runs, ([workflowId, [begunAtMs = 0]]) =>
      begunAtMs >= sinceMs ? (load.completedAtMs.get(workflowId) ?? Infinity) : Infinity,
    ),
  );
  return backAtMs === Infinity ? undefined : (backAtMs - fromMs) / 1_000;
}
