import type { Attributes, MeterProvider } from '@opentelemetry/api';
import * as sdk2 from '@opentelemetry/sdk-metrics';
import * as sdk1 from 'opentelemetry-sdk-metrics-1';

/** A value with its attributes; of a histogram, what was recorded in it. */
export interface Point {
  readonly attributes: Attributes;
  readonly value: unknown;
}

/** What was measured with a provider. */
export interface Measured {
  readonly meterProvider: MeterProvider;
  /** By the name of the instrument; collects anew. */
  readonly points: () => Promise<Readonly<Record<string, readonly Point[]>>>;
}

/** The versions of the SDK for metrics, which have in common what is used here. */
export const metricSdks = { 'SDK 1': sdk1 as unknown as typeof sdk2, 'SDK 2': sdk2 } as const;

export function measuredWith(sdk: typeof sdk2, views: readonly object[] = []): Measured {
  class Reader extends sdk.MetricReader {
    override onForceFlush(): Promise<void> {
      return Promise.resolve();
    }
    override onShutdown(): Promise<void> {
      return Promise.resolve();
    }
  }
  const reader = new Reader();
  return {
    meterProvider: new sdk.MeterProvider({ readers: [reader], views: [...views] }),
    points: async () => {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors);
      const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => ({ attributes, value: plain(value) })),
        ]),
      );
    },
  };
}

/** Of a histogram, how often what was recorded in all, and in which buckets it could be. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return value;
  const { count, sum, buckets } = value as RecordedHistogram;
  return { count, sum, boundaries: buckets.boundaries };
}

interface RecordedHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: { readonly boundaries: readonly number[] };
}
