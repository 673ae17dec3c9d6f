import '../src/fixtures/runtime-log.ts';
import { type Prometheus, promtool, startPrometheus, startTemporalDevServer } from '@worker-auth/servers';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { dashboardQueries } from '../src/monitoring/dashboard.ts';
import { type MonitoredFault, monitoredFaults, startWorkerOf } from '../src/monitoring/monitored-faults.ts';
import { scaledRules } from '../src/monitoring/scaled-rules.ts';

const folder = fileURLToPath(new URL('../../packages/temporal-auth/monitoring/', import.meta.url));
const rules = await readFile(`${folder}alerts.yaml`, 'utf8');

/** The rules' windows and waits are so much shorter here: five minutes are 15 s. */
const factor = 20;
const intervalMs = 500;
/** The longest of the rules takes 30 s, and the fault with the oldest token 50 s; a busy machine is later. */
const firesWithinMs = 240_000;

/** Which alerts are there, by the name of the fault. */
async function alertsOf(prometheus: Prometheus, isCounted: (state: string) => boolean): Promise<string[]> {
  const alerts = await prometheus.alerts();
  return alerts
    .filter(({ state }) => isCounted(state))
    .map(({ labels }) => `${labels['job'] ?? ''}: ${labels['alertname'] ?? ''}`);
}

const namesOf = (listed: (fault: MonitoredFault) => readonly string[]): readonly string[] =>
  Object.entries(monitoredFaults).flatMap(([name, fault]) =>
    listed(fault).map((alert) => `${name}: ${alert}`),
  );

await describeWith(['prometheus'], 'the alert rules', () => {
  it('are well formed, by promtool', async () => {
    expect(await promtool('check', 'rules', '--lint-fatal', `${folder}alerts.yaml`)).toContain('SUCCESS');
  });

  it('pass their unit tests, by promtool', async () => {
    expect(await promtool('test', 'rules', `${folder}alerts.test.yaml`)).toContain('SUCCESS');
  });

  it('have a fault each in the test below', () => {
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(
      Object.values(monitoredFaults)
        .flatMap((fault) => fault.alerts)
        .toSorted(),
    ).toEqual(alerts.toSorted());
  });
});

await describeWith(['prometheus', 'temporal-cli'], 'a Prometheus with the rules', () => {
  it('fires each alert for the worker with its fault, and ends it afterwards; the dashboard shows all of it', async () => {
    await using started = new AsyncDisposableStack();
    const temporal = started.use(await startTemporalDevServer());
    const ruleFile = await started
      .use(await temporaryFolder())
      .write('alerts.yaml', scaledRules(rules, factor));
    const starting = Object.entries(monitoredFaults).map(([name, fault]) =>
      startWorkerOf(name, fault, temporal.address),
    );
    const workers = (await Promise.all(starting)).map((worker) => started.use(worker));
    const targets = Object.fromEntries(workers.map((worker) => [worker.name, worker.targets]));
    const prometheus = started.use(await startPrometheus({ ruleFiles: [ruleFile], targets, intervalMs }));
    await eventually(
      'metrics of all workers',
      async () => (await prometheus.query('up == 1')).length === Object.values(targets).flat().length,
    );
    await sleep(6 * intervalMs);
    expect(await alertsOf(prometheus, (state) => state === 'firing')).toEqual([]);

    await Promise.all(workers.map((worker) => worker.begin()));
    const expected = namesOf(({ alerts }) => alerts);
    const fired = new Set<string>();
    const missing = (): readonly string[] => expected.filter((alert) => !fired.has(alert));
    const areAllFired = async (): Promise<boolean> => {
      for (const alert of await alertsOf(prometheus, (state) => state === 'firing')) fired.add(alert);
      return missing().length === 0;
    };
    await eventually('each alert', areAllFired, firesWithinMs).catch(() => undefined);
    expect(missing()).toEqual([]);
    const possible = namesOf(({ alerts, consequences = [] }) => [...alerts, ...consequences]);
    expect([...fired].filter((alert) => !possible.includes(alert))).toEqual([]);

    await Promise.all(workers.map((worker) => worker.mend()));
    const recovered =
      /^(?:tokens-revoked|token-file-lost|workers-throttled|token-rejected|temporal-down|polls-rejected): /;
    await eventually('the end of the alerts', async () =>
      (await alertsOf(prometheus, () => true)).every((alert) => !recovered.test(alert)),
    );
    const queries = dashboardQueries(await readFile(`${folder}dashboard.json`, 'utf8'), '60s');
    const shown = await Promise.all(
      queries.map(async (query) => ({ ...query, samples: await prometheus.query(query.expression) })),
    );
    expect(shown.filter(({ samples }) => samples.length === 0).map(({ panel }) => panel)).toEqual([]);
  }, 600_000);
});
