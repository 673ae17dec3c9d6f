import type { Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';
import { type InstrumentEntry, instruments } from './catalogue.ts';

interface InstrumentOfKind {
  readonly counter: Counter;
  readonly histogram: Histogram;
  readonly 'observable gauge': ObservableGauge;
}

/** The instruments of the catalogue. */
export type MadeInstruments = {
  readonly [K in keyof typeof instruments]: InstrumentOfKind[(typeof instruments)[K]['kind']];
};

/** Those of one meter are shared by all that ask for them. */
export function makeInstruments(meter: Meter): MadeInstruments {
  const made = Object.entries(instruments).map(([key, entry]) => [key, make(meter, entry)] as const);
  return Object.fromEntries(made) as MadeInstruments;
}

function make(
  meter: Meter,
  { name, kind, unit, description, buckets }: InstrumentEntry,
): Counter | Histogram | ObservableGauge {
  switch (kind) {
    case 'counter':
      return meter.createCounter(name, { unit, description });
    case 'histogram':
      return meter.createHistogram(name, {
        ...{ unit, description },
        advice: { explicitBucketBoundaries: [...(buckets ?? [])] },
      });
    case 'observable gauge':
      return meter.createObservableGauge(name, { unit, description });
  }
}
