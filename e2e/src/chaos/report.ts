import { markdownTable } from '@worker-auth/workspace/readme-section';
import type { WorkerKind } from '../bad-days/worker-messages.ts';
import { type ChaosRun, chances } from './run-chaos.ts';

/** What went wrong in a run: nothing, when all held. */
export function complaints({ records }: ChaosRun): readonly string[] {
  return records.flatMap(({ kind, started, completed, twice, state, restarts, exitCode, rssMb }) => [
    ...(completed === started ? [] : [`${kind}: ${completed} of ${started} workflows are complete`]),
    ...(twice === 0 ? [] : [`${kind}: ${twice} activities ran twice: an outcome was lost`]),
    // Its pollers never become fatal.
    ...(kind === 'autoscaling' && restarts > 0 ? [`${kind}: the worker was replaced`] : []),
    ...(state === 'RUNNING' ? [] : [`${kind}: the worker is ${state}`]),
    ...(exitCode === 0 ? [] : [`${kind}: the process ended with ${String(exitCode)} after close()`]),
    ...(isFlat(rssMb) ? [] : [`${kind}: memory grew to ${Math.max(...rssMb).toFixed(0)} MB`]),
  ]);
}

/** A line for each kind of fault, with how long the ways back took. */
export function table({ happenings, records }: ChaosRun): readonly string[] {
  const kinds = records.map(({ kind }) => kind);
  const titles = chances
    .map(({ fault }) => fault.breaks)
    .filter((title) => happenings.some((one) => one.title === title));
  const rows = titles.map((title) => {
    const those = happenings.filter((one) => one.title === title);
    const lasted = those.map(({ beganAtMs, endedAtMs }) => (endedAtMs - beganAtMs) / 1_000);
    return [
      title,
      String(those.length),
      range(lasted),
      ...kinds.map((kind) => range(those.map((one) => one.backAfterSeconds.get(kind) ?? Infinity))),
    ];
  });
  const columns = kinds.map((kind) => `back after, s: ${pollers[kind]}`);
  return markdownTable(['what happened', 'times', 'lasted, s', ...columns], rows);
}

/** A line for each worker. */
export function summary({ records }: ChaosRun): readonly string[] {
  return records.map(
    ({ kind, started, completed, twice, state, restarts, rssMb }) =>
      `- ${pollers[kind]}: ${completed} of ${started} workflows complete, ${twice} activities run twice, ${state} at the end, ${restarts} workers replaced, ` +
      `memory ${steady(rssMb, 'first').toFixed(0)} MB in the first quarter and ${steady(rssMb, 'last').toFixed(0)} MB in the last`,
  );
}

const pollers: Readonly<Record<WorkerKind, string>> = {
  autoscaling: 'autoscaling pollers',
  fixed: 'fixed pollers',
  control: 'plain',
};

/** Above that share of the first quarter's, in the last one, memory has grown. */
const growth = 1.3;
/** What a process may take more in any case, in megabytes: caches that fill, and a heap that was never collected. */
const slackMb = 60;

function isFlat(rssMb: readonly number[]): boolean {
  return steady(rssMb, 'last') <= Math.max(growth * steady(rssMb, 'first'), steady(rssMb, 'first') + slackMb);
}

/** The median of a quarter of the run. */
function steady(values: readonly number[], quarter: 'first' | 'last'): number {
  const count = Math.max(1, Math.floor(values.length / 4));
  const those = [...(quarter === 'first' ? values.slice(0, count) : values.slice(-count))].sort(
    (a, b) => a - b,
  );
  return those[Math.floor(those.length / 2)] ?? 0;
}

function range(values: readonly number[]): string {
  const shown = (value: number): string => (value === Infinity ? 'never' : value.toFixed(1));
  const sorted = [...values].sort((a, b) => a - b);
  const [least = 0] = sorted;
  const most = sorted.at(-1) ?? least;
  return least === most ? shown(least) : `${shown(least)} to ${shown(most)}`;
}
