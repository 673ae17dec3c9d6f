import type { OutageRecord } from './timeline.ts';
import type { WorkCounts } from './work.ts';

/** What a demonstration came to. */
export interface Facts {
  readonly tokens: number;
  /** How long each was good, in seconds; `undefined` when they are not ours. */
  readonly lifetimeSeconds: number | undefined;
  readonly credentials: string;
  readonly work: WorkCounts;
  /** `undefined` when no gateway counted them. */
  readonly rpcs: { readonly passed: number; readonly refused: number } | undefined;
  readonly outages: readonly OutageRecord[];
  /** How long the process stood still at most, since the machine was busy. */
  readonly stalledMs: number;
}

/** A process that stands still for longer may come too late to renew a token of a few seconds. */
const toleratedStallMs = 500;

/**
 * Whether it is a success: every workflow completed, no result of an activity was lost, and the worker came back from whatever was broken. Where
 * nothing was, no call was refused, unless the machine kept the process from renewing a token in time.
 */
export function isGood({ work, rpcs, outages, stalledMs }: Facts): boolean {
  const isComplete = work.completed === work.started && work.ranTwice === 0;
  const isBack = outages.every(({ backMs }) => backMs !== undefined);
  const mayBeRefused = outages.length > 0 || stalledMs > toleratedStallMs;
  return isComplete && isBack && (mayBeRefused || (rpcs?.refused ?? 0) === 0);
}

/** The lines at the end. */
export function summary(facts: Facts): readonly string[] {
  const { tokens, lifetimeSeconds, credentials, work, rpcs, outages } = facts;
  const isRefused = (rpcs?.refused ?? 0) > 0;
  const good =
    outages.length === 0 && !isRefused
      ? 'Every workflow completed and no RPC was refused.'
      : 'Every workflow completed, and no result was lost.';
  const late = `The machine is busy: the process stood still for ${inSeconds(facts.stalledMs)} s, and a token was renewed too late.`;
  return [
    `Tokens       ${tokens}${lifetimeSeconds === undefined ? '' : `, each good for ${lifetimeSeconds} s`}`,
    `Credentials  ${credentials}`,
    `Workflows    ${work.started} started, ${work.completed} completed`,
    `Results      ${work.ranTwice === 0 ? 'none lost' : `lost: ${work.ranTwice} activities ran twice`}`,
    `RPCs         ${rpcs === undefined ? 'not counted' : `${rpcs.passed} passed, ${rpcs.refused} refused`}`,
    ...(outages.length === 0 ? [] : ['', ...outageTable(outages)]),
    '',
    ...(isRefused && outages.length === 0 && isGood(facts) ? [late] : []),
    isGood(facts) ? good : 'Something went wrong: see above.',
  ];
}

/** A line for each outage: how long it lasted, and the way back. */
function outageTable(outages: readonly OutageRecord[]): readonly string[] {
  const rows = outages.map(({ title, startMs, endMs, backMs }) => [
    title,
    endMs === undefined ? 'to the end' : inSeconds(endMs - startMs),
    endMs === undefined || backMs === undefined ? 'never' : inSeconds(backMs - endMs),
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
