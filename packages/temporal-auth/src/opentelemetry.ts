import { type Attributes, type MeterProvider, metrics, trace, type TracerProvider } from '@opentelemetry/api';
import { checkOptions, type Clock, systemClock } from '@worker-auth/internal';
import { readGauges } from './opentelemetry/gauges.ts';
import { makeInstruments, scopeName } from './opentelemetry/instruments.ts';
import { measure } from './opentelemetry/measurements.ts';
import type { ObservedClient, ObservedTokens } from './opentelemetry/observed.ts';
import { recordSpans } from './opentelemetry/spans.ts';

export { prometheusViews } from './opentelemetry/instruments.ts';

/** Where it goes, and with what. */
export interface ObserveOptions {
  /** Default: the one that is registered globally when `observe` is called; without one nothing is measured. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Default: the one that is registered globally, also later; without one there are no spans. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** On every measurement and every span; what tells two clients of one process apart. Default none. */
  readonly attributes?: Attributes | undefined;
  /** What times are read from. Default the clocks of the host. */
  readonly clock?: Clock | undefined;
}

/**
 * Reports a client to OpenTelemetry: metrics and spans, which `docs/metrics.md` of the package lists. All of it comes from the client's events
 * and its `health()`: nothing is done per call of Temporal, and a client is observed at any time, once.
 *
 * @param source a `TemporalWorkflowClient` (its `auth` is in it), the plugin `temporalAuth()`, or an `AtlanAuthClient` alone
 * @returns ends it; harmless when called again
 * @throws TypeError for an option that there is not, with the nearest name
 */
export function observe(source: ObservedClient | ObservedTokens, options: ObserveOptions = {}): () => void {
  const names = { meterProvider: true, tracerProvider: true, attributes: true, clock: true } as const;
  checkOptions('observe', options, names);
  const { meterProvider = metrics, tracerProvider = trace, clock = systemClock } = options;
  const common = { ...options.attributes };
  const meter = meterProvider.getMeter(scopeName);
  const tracer = tracerProvider.getTracer(scopeName);
  const measuring = { instruments: makeInstruments(meter), common };
  const ends = [
    ...measure(source, measuring),
    ...recordSpans(source, { tracer, common, clock }),
    readGauges(source, { ...measuring, meter, clock }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
