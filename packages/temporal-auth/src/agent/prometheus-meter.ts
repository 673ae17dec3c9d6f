import type { Attributes, Meter } from '@opentelemetry/api';

/** The labels of a series, as Prometheus writes them, with its value. */
type Series = Map<string, number>;

interface Instrument {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly description: string;
  readonly series: Series;
}

type Options = Parameters<Meter['createHistogram']>[1];

/** The parts of OpenTelemetry's `Meter` that our instruments use, shown in Prometheus' text format: an agent needs no SDK for it. */
export class PrometheusMeter {
  readonly #instruments: Instrument[] = [];
  readonly #callbacks: Parameters<Meter['addBatchObservableCallback']>[0][] = [];

  createCounter(name: string, options: Options): object {
    const { series } = this.#add(`${nameOf(name)}_total`, 'counter', options);
    return {
      add: (value: number, of?: Attributes) => {
        increase(series, labels(of), value);
      },
    };
  }

  createHistogram(name: string, options: Options): object {
    const { series } = this.#add(`${nameOf(name)}_seconds`, 'histogram', options);
    const bounds = [...(options?.advice?.explicitBucketBoundaries ?? []), Infinity];
    return {
      record: (value: number, of?: Attributes) => {
        for (const bound of bounds) {
          const le = bound === Infinity ? '+Inf' : String(bound);
          increase(series, `_bucket${labels({ ...of, le })}`, value <= bound ? 1 : 0);
        }
        increase(series, `_sum${labels(of)}`, value);
        increase(series, `_count${labels(of)}`, 1);
      },
    };
  }

  createObservableGauge(name: string, options: Options): object {
    return this.#add(nameOf(name) + (options?.unit === 's' ? '_seconds' : ''), 'gauge', options);
  }

  addBatchObservableCallback(callback: Parameters<Meter['addBatchObservableCallback']>[0]): void {
    this.#callbacks.push(callback);
  }

  /** All series that have a value, in text format 0.0.4. */
  render(): string {
    for (const { type, series } of this.#instruments) if (type === 'gauge') series.clear();
    const observe = (gauge: unknown, value: number, of?: Attributes): void => {
      (gauge as Instrument).series.set(labels(of), value);
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

  #add(name: string, type: Instrument['type'], options: Options): Instrument {
    const instrument = { name, type, description: options?.description ?? '', series: new Map() };
    this.#instruments.push(instrument);
    return instrument;
  }
}

function increase(series: Series, key: string, value: number): void {
  series.set(key, (series.get(key) ?? 0) + value);
}

function labels(of: Attributes = {}): string {
  const pairs = Object.entries(of).map(
    ([name, value]) =>
      `${nameOf(name)}="${String(value).replaceAll(/["\\\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function nameOf(name: string): string {
  return name.replaceAll('.', '_');
}
