import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { View } from 'opentelemetry-sdk-metrics-1';
import { describe, expect, it } from 'vitest';
import { observe, prometheusViews } from '../../src/opentelemetry.ts';
import { measuredWith, metricSdks } from '../support/measured.ts';
import { inPrometheus, metricCatalogue } from '../support/metric-catalogue.ts';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';

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
    const expected = catalogue.map((metric) => [inPrometheus(metric), prometheusTypes[metric.kind]]);
    expect(typesOf(await exposed(prometheusViews))).toEqual(Object.fromEntries(expected));
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
});
