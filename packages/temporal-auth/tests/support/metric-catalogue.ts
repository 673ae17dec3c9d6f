import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { observe } from '../../src/opentelemetry.ts';
import { everyEvent, ObservedSource } from './observed-source.ts';
import { traceSdks } from './traced.ts';

/** A metric as it is exported. */
export interface CataloguedMetric {
  readonly name: string;
  readonly kind: 'counter' | 'histogram' | 'observable gauge';
  readonly unit: string;
  readonly description: string;
  /** In the order of the alphabet. */
  readonly attributes: readonly string[];
}

class Reader extends MetricReader {
  override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const kinds = ['histogram', 'histogram', 'observable gauge', 'counter'] as const;

/** All metrics that a client brings forth when everything has happened once. */
export async function metricCatalogue(): Promise<readonly CataloguedMetric[]> {
  const reader = new Reader();
  const source = new ObservedSource();
  observe(source, { meterProvider: new MeterProvider({ readers: [reader] }) });
  source.tellAll(everyEvent);
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.map(({ descriptor: { name, unit, description }, dataPointType, dataPoints }) => ({
    ...{ name, unit, description, kind: kinds[dataPointType] },
    attributes: [...new Set(dataPoints.flatMap(({ attributes }) => Object.keys(attributes)))].toSorted(),
  }));
}

/** The spans, with their attributes in the order of the alphabet. */
export function spanCatalogue(): readonly Pick<CataloguedMetric, 'name' | 'attributes'>[] {
  const { tracerProvider, spans } = traceSdks['SDK 2']();
  const source = new ObservedSource();
  observe(source, { tracerProvider });
  source.tellAll(everyEvent);
  return spans().map(({ name, attributes }) => ({ name, attributes: Object.keys(attributes).toSorted() }));
}

/** As the Collector names it; what really becomes of a name is tested with the exporter. */
export function inPrometheus({ name, kind, unit }: CataloguedMetric): string {
  const seconds = unit === 's' ? '_seconds' : '';
  return `${name.replaceAll('.', '_')}${seconds}${kind === 'counter' ? '_total' : ''}`;
}
