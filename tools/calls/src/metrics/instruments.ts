import type { Counter, Histogram, Meter, MetricOptions, ObservableGauge } from '@opentelemetry/api';

export const scopeName = '@worker-auth/temporal-auth';

/** Of durations, in seconds. */
const explicitBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

// Unit and description of each instrument; `docs/metrics.md` lists them.

const counters = {
  'token.refreshes': ['{refresh}', 'New tokens, and attempts that brought none'],
  'connection.replacements': ['{connection}', 'Connections that were replaced under their running workers'],
  'worker.failures': ['{failure}', 'Workers of runWorker() that failed, or could not be made'],
  'activity.results': ['{result}', 'Activity results not accepted at once, by what became of them'],
} as const;

const durations = {
  'token.request.duration': ['s', 'How long the token endpoint took to answer, or was waited for'],
  'credentials.read.duration': ['s', 'How long the credentials took to read'],
  'temporal.probe.duration': ['s', 'How long Temporal took to answer probes of the token'],
} as const;

const gauges = {
  condition: ['{condition}', '1 while it is so, 0 otherwise; the runbook has the codes'],
  'condition.duration': ['s', 'For how long it has been so; 0 while it is not'],
  'token.expiration_timestamp': ['s', 'Unix time at which the token ends or ended; nothing without one'],
  'certificate.expiration_timestamp': ['s', 'Unix time at which the client certificate ends, if it rotates'],
  workers: ['{worker}', 'Workers that have not ended'],
} as const;

type Table = Readonly<Record<string, readonly [unit: string, description: string]>>;
type Made<T extends Table, I> = Readonly<Record<keyof T, I>>;

/** The instruments of one meter, by their names without `worker_auth.`. */
export type Instruments = Made<typeof counters, Counter> &
  Made<typeof durations, Histogram> &
  Made<typeof gauges, ObservableGauge>;

export const gaugeNames = Object.keys(gauges) as readonly (keyof typeof gauges)[];

/**
 * Views, as the metrics SDK takes them, for `@opentelemetry/exporter-prometheus`: unlike the Collector and Prometheus itself it does not put the
 * unit behind the name. With these views a metric has the same name in Prometheus on each way.
 *
 * ```ts
 * new MeterProvider({ readers: [new PrometheusExporter()], views: [...prometheusViews] });
 * ```
 */
export const prometheusViews = Object.entries({ ...durations, ...gauges })
  .filter(([, [unit]]) => unit === 's')
  .map(([name]) => ({
    instrumentName: `worker_auth.${name}`,
    meterName: scopeName,
    name: `worker_auth.${name}_seconds`,
  }));

/** Those of one meter are shared by all that ask for them. */
export function makeInstruments(meter: Meter): Instruments {
  const advice = { explicitBucketBoundaries };
  return {
    ...make(counters, (name, options) => meter.createCounter(name, options)),
    ...make(durations, (name, options) => meter.createHistogram(name, { ...options, advice })),
    ...make(gauges, (name, options) => meter.createObservableGauge(name, options)),
  };
}

function make<T extends Table, I>(table: T, create: (name: string, options: MetricOptions) => I): Made<T, I> {
  const made = Object.entries(table).map(([name, [unit, description]]) => {
    return [name, create(`worker_auth.${name}`, { unit, description })];
  });
  return Object.fromEntries(made) as Made<T, I>;
}
