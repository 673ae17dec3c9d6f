import { type BarFacts, legend, type Paint, tokenBars } from './token-bars.ts';
import type { WorkCounts } from './work.ts';

/** What is shown, read anew for each picture. */
export interface Status extends BarFacts {
  readonly tokenNumber: number;
  /** Milliseconds; `undefined` when there is no token. */
  readonly tokenRemainingMs: number | undefined;
  readonly nextRefreshInMs: number | undefined;
  readonly credentials: string;
  readonly workflows: WorkCounts;
  /** `undefined` when no gateway counts them. */
  readonly rpcs:
    { readonly passed: number; readonly refused: number; readonly perSecond: number } | undefined;
  readonly remainingMs: number;
}

/** The columns of a row's name, with the space after it. */
const nameColumns = 13;

/** A bar is that wide at least, whatever the terminal. */
const leastBarColumns = 10;

/** How things stand, in lines for a terminal of so many columns; a line may be longer than they are. */
export function picture(status: Status, columns: number, paint: Paint): string[] {
  const row = (name: string, text: string): string => `${paint('bold', name.padEnd(nameColumns))}${text}`;
  const { workflows } = status;
  const bars = tokenBars(status, Math.max(leastBarColumns, columns - nameColumns), paint);
  return [
    row(
      'token',
      `#${status.tokenNumber}, ${seconds(status.tokenRemainingMs)} left, next refresh in ${seconds(status.nextRefreshInMs)}`,
    ),
    ...bars.map(([name, bar]) => row(name, bar)),
    row('', paint('dim', legend)),
    row('credentials', status.credentials),
    row(
      'workflows',
      `${workflows.started} started, ${workflows.completed} completed, ${workflows.ranTwice} results lost`,
    ),
    row('RPCs', calls(status, paint)),
    row('ends in', `${seconds(status.remainingMs)} (Ctrl-C ends it now)`),
  ];
}

function calls({ rpcs }: Status, paint: Paint): string {
  if (rpcs === undefined) return 'not counted: no gateway in between';
  const refused = `${rpcs.refused} refused`;
  return `${rpcs.passed} passed, ${rpcs.refused === 0 ? refused : paint('red', refused)}, ${rpcs.perSecond.toFixed(1)} a second`;
}

/** How things stand, in a few words. */
export function statusLine({
  tokenNumber,
  tokenRemainingMs,
  nextRefreshInMs,
  workflows,
  rpcs,
}: Status): string {
  const token = `token #${tokenNumber}: ${seconds(tokenRemainingMs)} left, next refresh in ${seconds(nextRefreshInMs)}`;
  const counts =
    rpcs === undefined ? 'RPCs not counted' : `RPCs: ${rpcs.passed} passed, ${rpcs.refused} refused`;
  return `${token}; workflows: ${workflows.completed} completed; ${counts}`;
}

/** For example `7.5 s`. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
