import type {
  Attributes,
  BatchObservableCallback,
  Meter,
  MetricOptions,
  Observable,
} from '@opentelemetry/api';
import { systemClock } from '@worker-auth/internal';
import { measure, type ObservedTokens } from '@worker-auth/calls/metrics/measurements';
import { parts } from './proxy/methods.ts';
import type { TemporalProxy } from './proxy/proxy.ts';

interface Instrument {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly description: string;
  /** Values, by what Prometheus writes behind the name: suffix and labels. */
  readonly series: Map<string, number>;
  readonly add: (value: number, attributes?: Attributes, suffix?: string) => void;
}

/** Measures what tokens report, as a worker does, and the proxy; gives it in Prometheus' text format. */
export function agentMetrics(tokens: ObservedTokens, proxy?: MeasuredProxy): () => string {
  const meter = new PrometheusMeter();
  // eslint-disable-next-line house/syntax -- What is missing of the interface our instruments do not use.
  measure(tokens, { meter: meter as unknown as Meter, common: {}, clock: systemClock });
  if (proxy !== undefined) measureProxy(meter, proxy);
  return () => meter.render();
}

type MeasuredProxy = Pick<TemporalProxy, 'figures' | 'ended' | 'troubles'>;

const figureGauges: Readonly<Record<keyof MeasuredProxy['figures'], readonly [string, string]>> = {
  pending: [
    'pending_results',
    'Results that were answered early, and Temporal has not accepted; SIGKILL loses them',
  ],
  pendingBytes: ['pending_result_bytes', 'Their bytes'],
  heldPolls: ['held_polls', 'Polls that wait in the proxy and not at Temporal'],
  workers: ['worker_connections', 'Connections of workers'],
  connections: ['temporal_connections', 'Connections to Temporal'],
};

function measureProxy(meter: PrometheusMeter, proxy: MeasuredProxy): void {
  const gauge = (name: string, description: string) =>
    meter.createObservableGauge(`worker_auth.proxy.${name}`, { description }) as Observable;
  const gauges = Object.entries(figureGauges).map(
    ([name, described]) => [name as keyof MeasuredProxy['figures'], gauge(...described)] as const,
  );
  const accepted = gauge(
    'accepted',
    '1 while Temporal accepts the calls of the part, and is reached, 0 while they are held',
  );
  const ended = gauge(
    'early_results_ended',
    'Results that were answered before Temporal had them, by what became of them',
  );
  meter.addBatchObservableCallback((result) => {
    const { figures, troubles } = proxy;
    for (const part of parts)
      result.observe(accepted, Number(!troubles.some((trouble) => trouble.part === part)), { part });
    for (const [name, observable] of gauges) result.observe(observable, figures[name]);
    for (const [ending, count] of Object.entries(proxy.ended)) result.observe(ended, count, { ending });
  });
}

/** The parts of OpenTelemetry's `Meter` that our instruments use, shown in Prometheus' text format: an agent needs no SDK for it. */
export class PrometheusMeter {
  readonly #instruments: Instrument[] = [];
  readonly #callbacks: BatchObservableCallback[] = [];

  createCounter(name: string, options?: MetricOptions): object {
    return this.#make(`${nameOf(name)}_total`, 'counter', options);
  }

  createHistogram(name: string, options?: MetricOptions): object {
    const { add } = this.#make(`${nameOf(name)}_seconds`, 'histogram', options);
    const bounds = [...(options?.advice?.explicitBucketBoundaries ?? []), Infinity];
    return {
      record: (value: number, attributes?: Attributes) => {
        for (const bound of bounds) {
          const le = bound === Infinity ? '+Inf' : String(bound);
          add(value <= bound ? 1 : 0, { ...attributes, le }, '_bucket');
        }
        add(value, attributes, '_sum');
        add(1, attributes, '_count');
      },
    };
  }

  createObservableGauge(name: string, options?: MetricOptions): object {
    return this.#make(nameOf(name) + (options?.unit === 's' ? '_seconds' : ''), 'gauge', options);
  }

  addBatchObservableCallback(callback: BatchObservableCallback): void {
    this.#callbacks.push(callback);
  }

  /** All series that have a value, in text format 0.0.4. */
  render(): string {
    for (const { type, series } of this.#instruments) if (type === 'gauge') series.clear();
    const observe = (gauge: unknown, value: number, attributes?: Attributes): void => {
      (gauge as Instrument).series.set(labels(attributes), value);
    };
    for (const callback of this.#callbacks) void callback({ observe });
    const lines = this.#instruments
      .filter(({ series }) => series.size > 0)
      .flatMap(({ name, type, description, series }) => [
        `# HELP ${name} ${description}`,
        `# TYPE ${name} ${type}`,
        ...Array.from(series, ([suffix, value]) => `${name}${suffix} ${value}`),
      ]);
    return `${lines.join('\n')}\n`;
  }

  #make(name: string, type: Instrument['type'], { description = '' }: MetricOptions = {}): Instrument {
    const series = new Map<string, number>();
    const add = (value: number, attributes?: Attributes, suffix = ''): void => {
      const key = suffix + labels(attributes);
      series.set(key, (series.get(key) ?? 0) + value);
    };
    const instrument = { name, type, description, series, add };
    this.#instruments.push(instrument);
    return instrument;
  }
}

function labels(attributes: Attributes = {}): string {
  const pairs = Object.entries(attributes).map(([name, value]) => {
    const text = String(value).replaceAll(/["\\\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
    return `${nameOf(name)}="${text}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function nameOf(name: string): string {
  return name.replaceAll('.', '_');
}
