import type { BatchObservableCallback, Meter } from '@opentelemetry/api';
import { systemClock } from '@worker-auth/internal';
import type { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import { makeInstruments } from '../opentelemetry/instruments.ts';
import { measure, readGauges } from '../opentelemetry/measurements.ts';
import { PrometheusMeter } from './prometheus-meter.ts';
import type { TokenSink } from './token-sink.ts';

/** Measures what tokens report, as a worker does, and whether their file has the newest one; gives it in Prometheus' text format. */
export function agentMetrics(auth: AtlanAuthClient, sink: Pick<TokenSink, 'error'>): () => string {
  const own = new PrometheusMeter();
  // What is missing of the interface our instruments do not use.
  const meter = own as unknown as Meter;
  const measuring = { instruments: makeInstruments(meter), common: {} };
  measure(auth, measuring);
  readGauges(auth, { ...measuring, meter, clock: systemClock });
  const file = meter.createObservableGauge('worker_auth.token_file.current', {
    description: '1 while the file has the newest token, 0 while it cannot be written',
  });
  const read: BatchObservableCallback = (result) => {
    const isWritten = sink.error === undefined;
    if (!isWritten || auth.isTokenValid()) result.observe(file, Number(isWritten));
  };
  meter.addBatchObservableCallback(read, [file]);
  return () => own.render();
}
