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
  ...markdownTable(
    [
      'what was bad',
      'new token after, median',
      'at most',
      'good token after, at most',
      'runs without a good token',
      'requests, median',
      'bar',
    ],
    rows.map(cells),
  ),
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

function cells({ scenario, outcomes }: Row): string[] {
  const newTokens = outcomes.map(({ newTokenAfterMs }) => newTokenAfterMs);
  return [
    scenario.title,
    seconds(median(newTokens)),
    seconds(Math.max(...newTokens)),
    seconds(Math.max(...outcomes.map(goodTokenAfterMs))),
    `${outcomes.filter(isWithout).length} of ${outcomes.length}`,
    String(median(outcomes.map(({ requests }) => requests))),
    missedBars({ scenario, outcomes }).length === 0 ? 'met' : '**missed**',
  ];
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
function goodTokenAfterMs(outcome: Outcome): number {
  return isWithout(outcome) ? outcome.newTokenAfterMs : 0;
}

/** Whether there was ever no good token after the endpoint was bad. */
function isWithout({ isLost, hadToken }: Outcome): boolean {
  return isLost || !hadToken;
}

function seconds(ms: number): string {
  return ms === Infinity ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
