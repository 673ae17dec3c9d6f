import type { Meter } from '@opentelemetry/api';
import { systemClock } from '@worker-auth/internal';
import { readGauges } from '../opentelemetry/gauges.ts';
import { makeInstruments } from '../opentelemetry/instruments.ts';
import { measure } from '../opentelemetry/measurements.ts';
import type { ObservedTokens } from '../opentelemetry/observed.ts';
import { PrometheusMeter } from './prometheus-meter.ts';
import type { TokenSink } from './token-sink.ts';

/** What is measured beside the tokens themselves. */
export interface AgentFile {
  readonly sink: Pick<TokenSink, 'error'>;
  /** Whether there is a token. */
  readonly hasToken: () => boolean;
}

/** Measures what tokens report, as a worker does, and whether their file has the newest one; gives it in Prometheus' text format. */
export function agentMetrics(source: ObservedTokens, { sink, hasToken }: AgentFile): () => string {
  const own = new PrometheusMeter();
  // What is missing of the interface our instruments do not use.
  const meter = own as unknown as Meter;
  const measuring = { instruments: makeInstruments(meter), common: {} };
  measure(source, measuring);
  readGauges(source, { ...measuring, meter, clock: systemClock });
  const file = meter.createObservableGauge('worker_auth.token_file.current', {
    description: '1 while the file has the newest token, 0 while it cannot be written',
  });
  meter.addBatchObservableCallback(
    (result) => {
      if (sink.error !== undefined || hasToken()) result.observe(file, sink.error === undefined ? 1 : 0);
    },
    [file],
  );
  return () => own.render();
}
