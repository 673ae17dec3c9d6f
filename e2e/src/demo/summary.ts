import type { RpcTotals } from './follow.ts';
import type { PlainCounts } from './plain-worker.ts';
import type { OutageRecord } from './timeline.ts';
import type { WorkCounts } from './work.ts';

/** What a demonstration came to. */
export interface Facts {
  readonly tokens: number;
  /** How long each was good, in seconds; `undefined` when they are not ours. */
  readonly lifetimeSeconds: number | undefined;
  readonly credentials: string;
  readonly work: WorkCounts;
  /** The worker beside it; `undefined` when there is none. */
  readonly plain: PlainCounts | undefined;
  /** `undefined` when no gateway counted them. */
  readonly rpcs: Pick<RpcTotals, 'passed' | 'rejected' | 'plain'> | undefined;
  readonly outages: readonly OutageRecord[];
  /** When it ended, by the time of the outages. */
  readonly endMs: number;
  /** How long the process stood still at most, since the machine was busy. */
  readonly stalledMs: number;
}

/** A process that stands still for longer may come too late to refresh a token of a few seconds. */
const toleratedStallMs = 500;

/**
 * What went wrong, in sentences; nothing: every workflow completed, no result of an activity was lost, and the worker came back from whatever was
 * broken. Where nothing was, no call was rejected, unless the machine kept the process from refreshing a token in time.
 */
export function troubles({ work, rpcs, outages, endMs, stalledMs }: Facts): readonly string[] {
  const open = work.started - work.completed;
  const found: string[] = [];
  if (work.started === 0) found.push('No workflow was started: it ended before the worker ran.');
  if (open > 0) found.push(`${open} of ${work.started} workflows were not complete at the end.`);
  if (work.ranTwice > 0) found.push(`${work.ranTwice} activities ran twice: their results were lost.`);
  for (const { title, backMs, endMs: overMs } of outages) {
    const since =
      overMs === undefined
        ? 'its cause had not ended'
        : `its cause had ended ${inSeconds(endMs - overMs)} s before`;
    if (backMs === undefined) found.push(`${title}: the worker was not back at the end, when ${since}.`);
  }
  const rejected = rpcs?.rejected ?? 0;
  if (rejected > 0 && outages.length === 0 && stalledMs <= toleratedStallMs)
    found.push(`${rejected} RPCs were rejected, though nothing was broken.`);
  return found;
}

/** The lines at the end. */
export function summary(facts: Facts): readonly string[] {
  const { tokens, lifetimeSeconds, credentials, work, rpcs, outages } = facts;
  const found = troubles(facts);
  const isRejected = (rpcs?.rejected ?? 0) > 0;
  const good =
    outages.length === 0 && !isRejected
      ? 'Every workflow completed and no RPC was rejected.'
      : 'Every workflow completed, and no result was lost.';
  const isBusy = facts.stalledMs > toleratedStallMs && (found.length > 0 || isRejected);
  const busy = `The machine is busy: the process stood still for ${inSeconds(facts.stalledMs)} s.`;
  return [
    `Tokens       ${tokens}${lifetimeSeconds === undefined ? '' : `, each good for ${lifetimeSeconds} s`}`,
    `Credentials  ${credentials}`,
    `Workflows    ${work.started} started, ${work.completed} completed`,
    `Results      ${work.ranTwice === 0 ? 'none lost' : `lost: ${work.ranTwice} activities ran twice`}`,
    `RPCs         ${rpcs === undefined ? 'not counted' : `${rpcs.passed} passed, ${rpcs.rejected} rejected`}`,
    ...plainLines(facts),
    ...(outages.length === 0 ? [] : ['', ...outageTable(facts)]),
    '',
    ...(isBusy ? [busy] : []),
    ...(found.length === 0 ? [good] : found),
  ];
}

/** The same of the plain worker. */
function plainLines({ plain, rpcs }: Facts): readonly string[] {
  if (plain === undefined || rpcs === undefined) return [];
  const end = plain.state === 'FAILED' ? '; it has FAILED' : '';
  return [
    `Plain worker ${plain.started} started, ${plain.completed} completed${end}; RPCs: ${rpcs.plain.passed} passed, ${rpcs.plain.rejected} rejected`,
  ];
}

/** A line for each outage: how long it lasted, and the recovery. */
function outageTable({ outages, endMs }: Facts): readonly string[] {
  const rows = outages.map(({ title, startMs, endMs: overMs = endMs, backMs }) => [
    title,
    inSeconds(overMs - startMs),
    backMs === undefined ? `not in ${inSeconds(endMs - overMs)}` : inSeconds(backMs - overMs),
  ]);
  const table = [['what broke', 'lasted, s', 'back after, s'], ...rows];
  const widthOf = (column: number): number => Math.max(...table.map((row) => row[column]?.length ?? 0));
  return table.map(([what = '', ...numbers]) =>
    [what.padEnd(widthOf(0)), ...numbers.map((text, index) => text.padStart(widthOf(index + 1)))].join('  '),
  );
}

function inSeconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
