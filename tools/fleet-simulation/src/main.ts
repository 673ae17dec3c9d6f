import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawChart, type Panel } from './chart.ts';
import { hourMs, minuteMs, runFleet, secondMs } from './fleet.ts';
import { fleetPage } from './page.ts';
import { type OutageRow, outageTable, type ReportRow, reportTable } from './report.ts';
import { peaks, summarize, summarizeOutage } from './summary.ts';

const docsFolder = join(import.meta.dirname, '../../../docs/measurements');
const workers = 10_000;
const durationMs = 24 * hourMs;
const outage = { startMs: 12 * hourMs, endMs: 12 * hourMs + 10 * minuteMs };
const pictureMinutes = 5;
const lifetimes = [
  { tokens: '5 min', lifetimeMs: 5 * minuteMs },
  { tokens: '1 h', lifetimeMs: hourMs },
  { tokens: '24 h', lifetimeMs: 24 * hourMs },
];

/** Outages that outlast every lease, once the fleet has spread. */
const capsSeconds = [5, 10, 20, 60, 120];
const outageMinutes = [10, 30];
const spreadMs = 30 * minuteMs;
const aftermathMs = 10 * minuteMs;

const rows: ReportRow[] = [];
const panels: Panel[] = [];
for (const { tokens, lifetimeMs } of lifetimes) {
  const run = async (hasJitter: boolean): Promise<number[]> => {
    const startMs = performance.now();
    const label = `tokens of ${tokens}, ${hasJitter ? 'with' : 'without'} jitter`;
    const seen = await runFleet({ workers, lifetimeMs, durationMs, hasJitter, outage, seed: 1 }, (share) => {
      showProgress(label, share, startMs);
    });
    rows.push({ tokens, hasJitter, summary: summarize(seen, outage) });
    return peaks(seen.requestsPerSecond, pictureMinutes);
  };
  const withJitter = await run(true);
  const withoutJitter = await run(false);
  panels.push({ title: `Tokens of ${tokens}`, withJitter, withoutJitter });
}

const outageRows: OutageRow[] = [];
for (const minutes of outageMinutes) {
  for (const capSeconds of capsSeconds) {
    const startMs = performance.now();
    const lost = { startMs: spreadMs, endMs: spreadMs + minutes * minuteMs };
    const lifetimeMs = 5 * minuteMs;
    const scenario = {
      workers,
      lifetimeMs,
      durationMs: lost.endMs + aftermathMs,
      hasJitter: true,
      outage: lost,
      backoff: { maxWithoutLeaseMs: capSeconds * secondMs },
      seed: 1,
    };
    const seen = await runFleet(scenario, (share) => {
      showProgress(`outage of ${minutes} min, cap of ${capSeconds} s`, share, startMs);
    });
    const summary = summarizeOutage(seen, lost, lifetimeMs);
    outageRows.push({ outage: `${minutes} min`, capSeconds, summary });
  }
}

const tables = { day: reportTable(rows), outages: outageTable(outageRows) };
process.stdout.write(`${tables.day}\n\n${tables.outages}\n`);
await mkdir(docsFolder, { recursive: true });
const axis = {
  hours: durationMs / hourMs,
  outage: { startHour: outage.startMs / hourMs, endHour: outage.endMs / hourMs },
};
await writeFile(join(docsFolder, 'fleet-simulation.svg'), drawChart(panels, axis));
const page = join(docsFolder, 'fleet-simulation.md');
await writeFile(page, await fleetPage(page, workers, tables));

function showProgress(label: string, share: number, startMs: number): void {
  // One line that is overwritten, or just the end of each run where nothing can be overwritten.
  if (!process.stderr.isTTY && share < 1) return;
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  process.stderr.write(`\r${label}: ${(100 * share).toFixed(0)} % (${seconds} s)${share === 1 ? '\n' : ''}`);
}
