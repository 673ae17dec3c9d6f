import '../src/fixtures/runtime-log.ts';
import { promtool, startPrometheus, startTemporalDevServer } from '@worker-auth/servers';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeSection } from '@worker-auth/workspace/readme-section';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { BadDayWatch, badDaysTable } from '../src/monitoring/bad-day-watch.ts';
import { dashboardQueries } from '../src/monitoring/dashboard.ts';
import { startWorkerOf } from '../src/monitoring/faulty-worker.ts';
import { monitoredFaults } from '../src/monitoring/monitored-faults.ts';
import { rolloutDay } from '../src/monitoring/rollout-day.ts';

const folder = fileURLToPath(new URL('../../packages/temporal-auth/monitoring/', import.meta.url));
/** Of the table, which each run writes anew. */
const page = fileURLToPath(new URL('../../packages/temporal-auth/docs/runbook/bad-days.md', import.meta.url));
const rules = await readFile(`${folder}alerts.yaml`, 'utf8');

/** The rules' windows and waits take a tenth of the time here: five minutes are 30 s. */
const scaledRules = rules.replaceAll(/\b(\d+)m\b/g, (_, minutes) => `${Number(minutes) * 6_000}ms`);
/** Of many workers in one process. */
const intervalMs = 5_000;
/** The longest of the rules takes 60 s, and the fault with the oldest token 50 s; a busy machine is later. */
const firesWithinMs = 300_000;
/** The log of a bad day, of its beginning, its end and what comes between. */
const maxLines = 10;

await describeWith(['prometheus'], 'the alert rules', () => {
  it('are well formed, by promtool', async () => {
    expect(await promtool('check', 'rules', '--lint-fatal', `${folder}alerts.yaml`)).toContain('SUCCESS');
  });

  it('pass their unit tests, by promtool', async () => {
    expect(await promtool('test', 'rules', `${folder}alerts.test.yaml`)).toContain('SUCCESS');
  });

  it('say nothing on a day with a rollout each hour, with starts, restarts of Temporal and ends in an outage', async () => {
    await using temporary = await temporaryFolder();
    const file = await temporary.write('day.yaml', rolloutDay(`${folder}alerts.yaml`));
    expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
  });
});

await describeWith(['prometheus', 'temporal-cli'], 'a Prometheus with the rules', () => {
  it('fires the alert of each bad day and no other, and log, /readyz and dashboard say the same', async () => {
    await using started = new AsyncDisposableStack();
    const temporal = started.use(await startTemporalDevServer());
    const ruleFile = await started.use(await temporaryFolder()).write('alerts.yaml', scaledRules);
    const starting = Object.entries(monitoredFaults).map(async ([name, fault]) => {
      return { fault, worker: started.use(await startWorkerOf(name, fault, temporal.address)) };
    });
    const all = await Promise.all(starting);
    const targets = Object.fromEntries(all.map(({ worker }) => [worker.name, worker.worker.targets]));
    const prometheus = started.use(await startPrometheus({ ruleFiles: [ruleFile], targets, intervalMs }));
    await eventually(
      'metrics of all workers',
      async () => (await prometheus.query('up == 1')).length === Object.values(targets).flat().length,
    );
    await sleep(2 * intervalMs);
    expect(await prometheus.alerts()).toEqual([]);

    const watches = all.map(({ fault, worker }) => new BadDayWatch(worker, fault));
    await Promise.all(all.map(({ worker }) => worker.begin()));
    const look = async (): Promise<void> => {
      const alerts = await prometheus.alerts();
      await Promise.all(watches.map((watch) => watch.look(alerts)));
    };
    await eventually(
      'each alert',
      async () => {
        await look();
        return watches.every(({ isSaid }) => isSaid);
      },
      firesWithinMs,
    ).catch(() => undefined);
    // Before the faults end: what a doctor finds and how many lines there are would be a matter of chance.
    const rows = await Promise.all(watches.filter(({ fault }) => fault.says).map((watch) => watch.row()));
    await writeSection(page, 'bad-days', badDaysTable(rows));
    await Promise.all(all.map(({ worker }) => worker.mend()));
    const mendable = watches.filter(({ fault }) =>
      /REVOKED|FILE|THROTTLES|TEMPORAL|NO_TOKEN|PERMISSION/.test(fault.says ?? ''),
    );
    const lasting = (): readonly string[] =>
      mendable
        .filter(({ lines }) => !lines.some((line) => line.startsWith('INFO Ended after')))
        .map(({ fault }) => fault.title);
    await eventually('the end of the conditions', () => lasting().length === 0).catch(() => undefined);
    expect(watches.filter(({ isSaid }) => !isSaid).map(({ fault }) => fault.title)).toEqual([]);
    expect(lasting()).toEqual([]);
    expect(watches.flatMap(({ others, fault }) => others.map((code) => `${fault.title}: ${code}`))).toEqual(
      [],
    );
    const talkative = watches.filter(({ lines }) => lines.length > maxLines);
    expect(talkative.map(({ fault, lines }) => [fault.title, ...lines])).toEqual([]);

    const queries = dashboardQueries(await readFile(`${folder}dashboard.json`, 'utf8'), '60s');
    const shown = await Promise.all(
      queries.map(async (query) => ({ ...query, samples: await prometheus.query(query.expression) })),
    );
    expect(shown.filter(({ samples }) => samples.length === 0).map(({ panel }) => panel)).toEqual([]);
  }, 900_000);
});
