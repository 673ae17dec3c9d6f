import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { View } from 'opentelemetry-sdk-metrics-1';
import { describe, expect, it } from 'vitest';
import { observe, prometheusViews } from '../../src/opentelemetry.ts';
import { measuredWith, metricSdks } from '../support/measured.ts';
import { inPrometheus, metricCatalogue } from '../support/metric-catalogue.ts';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';

/** Names that alerts and dashboards rest upon: whoever changes one breaks them. */
const names = [
  'worker_auth_condition',
  'worker_auth_condition_duration_seconds',
  'worker_auth_token_refreshes_total',
  'worker_auth_token_request_duration_seconds',
  'worker_auth_credentials_read_duration_seconds',
  'worker_auth_token_expiration_timestamp_seconds',
  'worker_auth_certificate_expiration_timestamp_seconds',
  'worker_auth_temporal_probe_duration_seconds',
  'worker_auth_connection_replacements_total',
  'worker_auth_workers',
  'worker_auth_worker_failures_total',
  'worker_auth_activity_results_total',
];

/** What Prometheus gets of everything that there is to tell, by its own exporter. */
async function exposed(views: typeof prometheusViews): Promise<string> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter], views: [...views] });
  const source = new ObservedSource();
  observe(source, { meterProvider });
  source.tellAll(everyEvent);
  const { resourceMetrics } = await exporter.collect();
  await meterProvider.shutdown();
  return new PrometheusSerializer().serialize(resourceMetrics);
}

/** The metrics in it, with their types. */
function typesOf(text: string): Record<string, string> {
  const types = [...text.matchAll(/^# TYPE (worker_auth_\S+) (\S+)$/gm)];
  return Object.fromEntries(types.map(([, name = '', type = '']) => [name, type]));
}

const prometheusTypes = { counter: 'counter', histogram: 'histogram', 'observable gauge': 'gauge' } as const;

describe('in Prometheus', () => {
  it('the metrics have these names and types by its exporter, given the views', async () => {
    const catalogue = await metricCatalogue();
    expect(catalogue.map(inPrometheus).toSorted()).toEqual(names.toSorted());
    const expected = catalogue.map((metric) => [inPrometheus(metric), prometheusTypes[metric.kind]]);
    expect(typesOf(await exposed(prometheusViews))).toEqual(Object.fromEntries(expected));
  });

  it('the units are missing without them', async () => {
    const expected = names.map((name) => name.replace(/_seconds$/, ''));
    expect(Object.keys(typesOf(await exposed([]))).toSorted()).toEqual(expected.toSorted());
  });

  it('the views are good for version 1 of the SDK as well', async () => {
    const views = prometheusViews.map((view) => new View(view));
    const { meterProvider, points } = measuredWith(metricSdks['SDK 1'], views);
    const source = new ObservedSource();
    observe(source, { meterProvider });
    source.tellAll(everyEvent);
    const inSeconds = Object.keys(await points()).filter((name) => name.endsWith('_seconds'));
    expect(inSeconds.toSorted()).toEqual(prometheusViews.map(({ name }) => name).toSorted());
  });

  it('the labels are those of the catalogue, with underscores', async () => {
    const text = await exposed(prometheusViews);
    expect(text).toMatch(
      /^worker_auth_token_refreshes_total\{worker_auth_refresh_outcome="failure",error_type="TOKEN_SERVER_FAILED",/m,
    );
    expect(text).toMatch(
      /^worker_auth_workers\{worker_auth_task_queue="orders",worker_auth_worker_state="running",.*\} 1$/m,
    );
  });

  it('the buckets stay those of the catalogue', async () => {
    const text = await exposed(prometheusViews);
    const bounds = (name: string): string[] =>
      [...text.matchAll(new RegExp(`^${name}_bucket\\{.*le="([^"]+)"`, 'gm'))].map(([, le = '']) => le);
    expect(bounds('worker_auth_token_request_duration_seconds').join(' ')).toBe(
      '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 +Inf',
    );
  });
});
