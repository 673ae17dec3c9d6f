import type { Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';

/** The name under which the instruments and spans are made. */
export const scopeName = '@worker-auth/temporal-auth';

/** Of requests, in seconds. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Those in seconds. */
const inSeconds = [
  'worker_auth.token.request.duration',
  'worker_auth.credentials.read.duration',
  'worker_auth.token.expiration_timestamp',
  'worker_auth.certificate.expiration_timestamp',
  'worker_auth.certificate.lifetime',
  'worker_auth.temporal.probe.duration',
];

/**
 * Views, as the metrics SDK takes them, for `@opentelemetry/exporter-prometheus`: unlike the Collector and Prometheus itself it does not put the
 * unit behind the name. With these views a metric has the same name in Prometheus on each way.
 *
 * ```ts
 * new MeterProvider({ readers: [new PrometheusExporter()], views: [...prometheusViews] });
 * ```
 */
export const prometheusViews = inSeconds.map((name) => ({
  instrumentName: name,
  meterName: scopeName,
  name: `${name}_seconds`,
}));

type TokenCounters = 'tokenRefreshes' | 'credentialsRejections' | 'tokenExpirations' | 'earlyRejections';
type WorkerCounters = 'connectionReplacements' | 'workerRestarts' | 'workerFailures' | 'activityResults';
type Ends = 'tokenExpirationTimestamp' | 'certificateExpirationTimestamp' | 'certificateLifetime';
type Gauges = Ends | 'tokenAccepted' | 'workers';

/** The instruments of one meter. */
export type Instruments = Readonly<
  Record<TokenCounters | WorkerCounters, Counter> &
    Record<Gauges, ObservableGauge> &
    Record<'tokenRequestDuration' | 'credentialsReadDuration' | 'probeDuration', Histogram>
>;

/** The instruments; `docs/metrics.md` lists them. Those of one meter are shared by all that ask for them. */
export function makeInstruments(meter: Meter): Instruments {
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(`worker_auth.${name}`, { unit, description });
  const gauge = (name: string, unit: string, description: string): ObservableGauge =>
    meter.createObservableGauge(`worker_auth.${name}`, { unit, description });
  const duration = (name: string, description: string): Histogram =>
    meter.createHistogram(`worker_auth.${name}.duration`, {
      ...{ unit: 's', description },
      advice: { explicitBucketBoundaries: requestBuckets },
    });
  return {
    tokenRefreshes: counter('token.refreshes', '{refresh}', 'New tokens, and attempts that brought none'),
    tokenRequestDuration: duration(
      'token.request',
      'How long the token endpoint took to answer, or was waited for',
    ),
    credentialsReadDuration: duration('credentials.read', 'How long the credentials took to read'),
    credentialsRejections: counter(
      'credentials.rejections',
      '{rejection}',
      'Times that the token endpoint refused the client',
    ),
    tokenExpirations: counter(
      'token.expirations',
      '{token}',
      'Tokens that ended before a newer one was there',
    ),
    earlyRejections: counter(
      'token.early_rejections',
      '{token}',
      'Tokens that were replaced since they were refused with more than half of their life left',
    ),
    tokenExpirationTimestamp: gauge(
      'token.expiration_timestamp',
      's',
      'When the token ends, or has ended, in seconds since the Unix epoch; nothing without one',
    ),
    certificateExpirationTimestamp: gauge(
      'certificate.expiration_timestamp',
      's',
      'When the client certificate ends, or has ended, in seconds since the Unix epoch; nothing where none rotates',
    ),
    certificateLifetime: gauge(
      'certificate.lifetime',
      's',
      'How long the client certificate is good in all; nothing where none rotates',
    ),
    probeDuration: duration('temporal.probe', 'How long Temporal took to answer probes of the token'),
    tokenAccepted: gauge(
      'temporal.token_accepted',
      '{token}',
      '1 while Temporal accepts the token of the workers, 0 while it does not; nothing before the first probe',
    ),
    connectionReplacements: counter(
      'connection.replacements',
      '{connection}',
      'Connections that were replaced under their running workers',
    ),
    workers: gauge('workers', '{worker}', 'Workers that have not ended'),
    workerRestarts: counter(
      'worker.restarts',
      '{restart}',
      'Workers of runWorker() that started after another one had failed, or could not be made',
    ),
    workerFailures: counter(
      'worker.failures',
      '{failure}',
      'Workers of runWorker() that failed, or could not be made',
    ),
    activityResults: counter(
      'activity.results',
      '{result}',
      'Activity results that Temporal did not accept at once, and what became of them',
    ),
  };
}
