/**
 * Measures how soon a manager with the default policy has a good token once the world is good again, over a real HTTP server on
 * loopback, and writes the table into its page of measurements. All runs wait side by side, about eight minutes in all; the exit code is 1 when a bar
 * is missed. Run it with `nx recovery token-manager`.
 */
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyEndpoint } from './faulty-endpoint.ts';
import { median } from '@worker-auth/workspace/quantile';
import { type Outcome, type Scenario, scenarios } from './recovery-scenarios.ts';

/** Of each scenario; jitter makes each another. */
const runs = 12;

/** Between the starts of two managers, so that they do not wait for this process. */
const startEveryMs = 20;

/** How the titles of scenarios end; one without such an end is cold. */
const kinds = ['cold', 'refresh of 60 s', 'refresh of 300 s'];

interface Row {
  readonly scenario: Scenario;
  readonly outcomes: readonly Outcome[];
}

await using endpoint = new FaultyEndpoint();
await endpoint.start();
const rows = await measureAll();
const missed = rows.flatMap(missedBars);
const report = [
  `Node ${process.versions.node}, ${runs} runs a line, ${new Date().toISOString().slice(0, 10)}. ` +
    (missed.length === 0 ? 'Every bar is met.' : `${missed.length} bars are missed.`),
  '',
  ...markdownTable(['what was bad', ...kinds], byFault(rows)),
].join('\n');
await writeSection(measurementsPage('token-manager'), 'recovery', report);
console.log(`${report}\n`);
for (const line of missed) console.log(`MISSED ${line}`);
console.log(missed.length === 0 ? 'Every bar is met.' : `${missed.length} bars are missed.`);
process.exitCode = missed.length === 0 ? 0 : 1;

async function measureAll(): Promise<readonly Row[]> {
  const started = scenarios.map((scenario) => ({ scenario, outcomes: [] as Promise<Outcome>[] }));
  for (let run = 0; run < runs; run++) {
    for (const { scenario, outcomes } of started) {
      outcomes.push(scenario.run(endpoint));
      await sleep(startEveryMs);
    }
  }
  return await Promise.all(
    started.map(async ({ scenario, outcomes }) => ({ scenario, outcomes: await Promise.all(outcomes) })),
  );
}

/** A line for each fault, with a cell for each kind of token that was to come. */
function byFault(all: readonly Row[]): string[][] {
  const lines = new Map<string, string[]>();
  for (const row of all) {
    const [, fault = row.scenario.title, kind] = /^(.*), (cold|refresh.*)$/.exec(row.scenario.title) ?? [];
    const line = lines.get(fault) ?? [fault, '', '', ''];
    line[1 + Math.max(0, kinds.indexOf(kind ?? ''))] = cell(row);
    lines.set(fault, line);
  }
  return [...lines.values()];
}

function cell(row: Row): string {
  const newTokens = row.outcomes.map(({ newTokenAfterMs }) => newTokenAfterMs);
  const times = `${seconds(median(newTokens))}, ${seconds(Math.max(...newTokens))}`;
  return missedBars(row).length === 0 ? times : `${times} **missed**`;
}

function missedBars({ scenario: { title, bars }, outcomes }: Row): string[] {
  const times = outcomes.map(goodTokenAfterMs);
  const missed: string[] = [];
  const within = (what: string, measuredMs: number, barMs: number): void => {
    if (measuredMs > barMs)
      missed.push(`${title}: ${what} ${seconds(measuredMs)}, the bar is ${seconds(barMs)}`);
  };
  within('maximum', Math.max(...times), bars.maxMs);
  if (bars.medianMs !== undefined) within('median', median(times), bars.medianMs);
  const lost = outcomes.filter(({ isLost }) => isLost).length;
  if (lost > 0 && !bars.mayLose)
    missed.push(`${title}: the token ended in ${lost} of ${outcomes.length} runs`);
  return missed;
}

/** A refresh that comes while the token before is good costs nobody anything. */
function goodTokenAfterMs({ isLost, hadToken, newTokenAfterMs }: Outcome): number {
  return isLost || !hadToken ? newTokenAfterMs : 0;
}

function seconds(ms: number): string {
  return ms === Infinity ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
