import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CataloguedMetric, inPrometheus, metricCatalogue } from '../support/metric-catalogue.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}

interface Variable {
  readonly name: string;
  readonly datasource?: unknown;
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

function read(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../monitoring/${path}`, import.meta.url)), 'utf8');
}

const rules = await read('alerts.yaml');
const json = await read('dashboard.json');
const datadog = await read('datadog.json');
const dashboard = JSON.parse(json) as Dashboard;

/** Of Temporal's Core, https://docs.temporal.io/references/sdk-metrics, without what may follow. */
const coreMetrics = [
  'temporal_long_request_latency',
  'temporal_long_request_failure',
  'temporal_num_pollers',
];

/** What Prometheus makes of a metric. */
function seriesOf(metric: CataloguedMetric): readonly string[] {
  const suffixes = metric.kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  return suffixes.map((suffix) => `${inPrometheus(metric)}${suffix}`);
}

const catalogue = await metricCatalogue();
const ownMetrics = catalogue.map(seriesOf);
const labelsOfOtlp = catalogue.flatMap(({ attributes }) => attributes);
const labels = [...labelsOfOtlp.map((name) => name.replaceAll('.', '_')), 'code'];
const named = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/(?<!#)\b(?:worker_auth|temporal)_\w+/g)].map(([name]) => name)),
];

describe.each([
  ['the alert rules', rules],
  ['the dashboard', json],
])('%s', (_what, text) => {
  it('name no metric and no label but those of the catalogue, and of Temporal Core', () => {
    const known = new Set([...ownMetrics.flat(), ...labels, ...coreMetrics]);
    expect(named(text).filter((name) => !known.has(name))).toEqual([]);
    expect(named(text).length).toBeGreaterThan(3);
  });
});

describe('the dashboard', () => {
  it('shows each metric of the catalogue', () => {
    const there = named(json);
    const missing = ownMetrics.filter((names) => !names.some((name) => there.includes(name)));
    expect(missing).toEqual([]);
  });

  it('asks the data source that is chosen, everywhere', () => {
    const [first, ...variables] = dashboard.templating.list;
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    const asked = [...variables, ...panels, ...panels.flatMap(({ targets = [] }) => targets)].map(
      ({ datasource }) => datasource,
    );
    const chosen: unknown = { type: 'prometheus', uid: '${datasource}' };
    expect(new Set(asked.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(chosen)]));
  });

  it('has variables for all that it refers to', () => {
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const used = expressions.flatMap((expr) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name));
    const variables = dashboard.templating.list.map(({ name }) => name);
    expect([...new Set(used)].filter((name) => name !== '__rate_interval').toSorted()).toEqual(
      variables.filter((name) => name !== 'datasource').toSorted(),
    );
  });

  it('is of the form that Grafana 10 reads, and no two panels lie over one another', () => {
    expect(dashboard).toMatchObject({ uid: 'worker-auth', schemaVersion: 38 });
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('the monitors for Datadog', () => {
  it('ask for metrics and attributes of the catalogue, by the names that OTLP has', () => {
    const known = new Set([...catalogue.map(({ name }) => name), 'worker_auth.condition', ...labelsOfOtlp]);
    const names = [...datadog.matchAll(/\bworker_auth(?:\.\w+)+/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('have the form of the API: a query, what to do, and a threshold', () => {
    for (const monitor of JSON.parse(datadog) as readonly Readonly<Record<string, unknown>>[])
      expect(monitor).toMatchObject({
        type: 'query alert',
        query: expect.stringMatching(/^(?:min|sum)\(last_\d+m\):.*(?:>= 1|> 0)$/) as string,
        message: expect.stringMatching(
          /https:\/\/\S+\/docs\/runbook\/conditions\.md#(?:\{\{code\.name\}\}|workerauthresultsabandoned)$/,
        ) as string,
        options: { thresholds: { critical: expect.any(Number) as number } },
      });
  });
});
