import { type InstrumentEntry, instruments, scopeName } from './catalogue.ts';

/** A view, as the metrics SDK takes it. */
export interface PrometheusView {
  readonly instrumentName: string;
  readonly meterName: string;
  /** The instrument's name from then on. */
  readonly name: string;
}

const entries: readonly InstrumentEntry[] = Object.values(instruments);

/**
 * Names with their unit, for `@opentelemetry/exporter-prometheus`: unlike the Collector and Prometheus itself it does not put the unit behind
 * the name. With these views a metric has the same name in Prometheus on each way.
 *
 * ```ts
 * new MeterProvider({ readers: [new PrometheusExporter()], views: [...prometheusViews] });
 * ```
 */
export const prometheusViews: readonly PrometheusView[] = entries
  .filter(({ unit }) => unit === 's')
  .map(({ name }) => ({ instrumentName: name, meterName: scopeName, name: `${name}_seconds` }));
