import { type OutageSummary, type Rate, type Summary, windowSeconds } from './summary.ts';

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
  return markdown(header, rows.map(cells));
}

/** One line of the report on outages that outlast every lease. */
export interface OutageRow {
  readonly outage: string;
  /** `maxWithoutLeaseMs`, in seconds. */
  readonly capSeconds: number;
  readonly summary: OutageSummary;
}

/** The report on outages that outlast every lease, as a Markdown table. */
export function outageTable(rows: readonly OutageRow[]): string {
  return markdown(
    [
      'outage',
      'cap',
      'requests a second without leases',
      `peak of ${windowSeconds} s when the server is good`,
      'fullest second',
      '50 % have a token after',
      '99 %',
      'all',
    ],
    rows.map(({ outage, capSeconds, summary: { during, after, ...healed } }) => [
      outage,
      `${capSeconds} s`,
      during.mean.toFixed(0),
      after.peak.toFixed(0),
      String(after.peakSecond),
      seconds(healed.halfHealedAfterMs),
      seconds(healed.mostHealedAfterMs),
      seconds(healed.allHealedAfterMs),
    ]),
  );
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
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
