import { type Rate, type Summary, windowSeconds } from './summary.ts';

/** One line of the report. */
export interface ReportRow {
  readonly tokens: string;
  readonly hasJitter: boolean;
  readonly summary: Summary;
}

const header = [
  'tokens',
  'jitter',
  'mean',
  `peak (${windowSeconds} s)`,
  'peak / mean',
  'peak (1 s)',
  'herd / mean',
  'herd / mean (1 s)',
  'leases ended in the outage',
  'leases ended otherwise',
  'all healed after',
];

/** The report as a Markdown table. Rates are token requests a second; a herd is the peak of the hour after the outage. */
export function reportTable(rows: readonly ReportRow[]): string {
  const lines = [header, header.map(() => '---'), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells({ tokens, hasJitter, summary }: ReportRow): string[] {
  const { steady, aftermath } = summary;
  return [
    tokens,
    hasJitter ? 'yes' : 'no',
    steady.mean.toFixed(1),
    steady.peak.toFixed(1),
    times(steady.peak, steady),
    String(steady.peakSecond),
    times(aftermath.peak, steady),
    times(aftermath.peakSecond, steady),
    String(summary.expiredDuringOutage),
    String(summary.expiredOtherwise),
    `${(summary.healedAfterMs / 1_000).toFixed(0)} s`,
  ];
}

function times(rate: number, { mean }: Rate): string {
  return (rate / mean).toFixed(2);
}
