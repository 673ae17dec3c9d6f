import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { drawChart, type Panel } from './chart.ts';
import { hourMs, minuteMs, runFleet } from './fleet.ts';
import { type ReportRow, reportTable } from './report.ts';
import { peaks, summarize } from './summary.ts';

const docsFolder = join(import.meta.dirname, '../../../packages/refresh-scheduler/docs');
const workers = 10_000;
const durationMs = 24 * hourMs;
const outage = { startMs: 12 * hourMs, endMs: 12 * hourMs + 10 * minuteMs };
const pictureMinutes = 5;
const lifetimes = [
  { tokens: '5 min', lifetimeMs: 5 * minuteMs },
  { tokens: '1 h', lifetimeMs: hourMs },
  { tokens: '24 h', lifetimeMs: 24 * hourMs },
];

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

const table = reportTable(rows);
process.stdout.write(`${table}\n`);
await mkdir(docsFolder, { recursive: true });
const axis = {
  hours: durationMs / hourMs,
  outage: { startHour: outage.startMs / hourMs, endHour: outage.endMs / hourMs },
};
await writeFile(join(docsFolder, 'fleet-simulation.svg'), drawChart(panels, axis));
await writeFile(join(docsFolder, 'fleet-simulation.md'), await pageWith(table));

function showProgress(label: string, share: number, startMs: number): void {
  // One line that is overwritten, or just the end of each run where nothing can be overwritten.
  if (!process.stderr.isTTY && share < 1) return;
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  process.stderr.write(`\r${label}: ${(100 * share).toFixed(0)} % (${seconds} s)${share === 1 ? '\n' : ''}`);
}

/** The page, formatted as the rest of the repository is. */
async function pageWith(results: string): Promise<string> {
  const file = join(docsFolder, 'fleet-simulation.md');
  const text = [
    '# Fleet simulation',
    '',
    `${workers.toLocaleString('en')} schedulers start within one second and run for 24 hours on a virtual clock; the token server fails for`,
    '10 minutes in the middle. Written by `npm run simulate` in `tools/fleet-simulation`, which runs the code of this package.',
    '',
    results,
    '',
    'Rates are token requests a second. The steady state leaves out the first hour and the hour after the outage. A herd is the',
    'peak of the hour after the outage. Windows of 10 s are the measure of both, since in single seconds chance alone gives a',
    'server with few requests high peaks: independent requests at 7 a second come to about 20 in the fullest second of a day.',
    '',
    '![Token requests a second over time](./fleet-simulation.svg)',
    '',
  ].join('\n');
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
