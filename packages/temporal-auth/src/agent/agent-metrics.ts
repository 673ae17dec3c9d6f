import type { Meter } from '@opentelemetry/api';
import { systemClock } from '@worker-auth/inlined';
import { readGauges } from '../opentelemetry/gauges.ts';
import { makeInstruments } from '../opentelemetry/instruments.ts';
import { measureTokens } from '../opentelemetry/measurements.ts';
import type { ObservedTokens } from '../opentelemetry/observed.ts';
import { PrometheusMeter } from './prometheus-meter.ts';

/** Measures what tokens report, as a worker does; gives it in Prometheus' text format. */
export function agentMetrics(source: ObservedTokens): () => string {
  const own = new PrometheusMeter();
  // What is missing of the interface our instruments do not use.
  const meter = own as unknown as Meter;
  const measuring = { instruments: makeInstruments(meter), common: {} };
  measureTokens(source, measuring);
  readGauges(source, { ...measuring, meter, clock: systemClock });
  return () => own.render();
}
