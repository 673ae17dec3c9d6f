import type { Attributes, BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { Clock } from '@worker-auth/internal';
import type { ClientHealth } from '../health/client-health.ts';
import { gaugeNames } from './instruments.ts';
import { type MeasuringOptions, ofQueue } from './measurements.ts';
import { healthOf, type ObservedTokens } from './observed.ts';

/** Has the gauges read the health of `source` whenever they are collected. Returns what ends it. */
export function readGauges(
  source: ObservedTokens,
  options: MeasuringOptions & { readonly meter: Meter; readonly clock: Clock },
): () => void {
  const { meter, instruments, common, clock } = options;
  const [tokenEnd, certificateEnd] = [endOver(clock), endOver(clock)];
  const countWorkers = workerCounter();
  // A token may be over before anybody collects.
  const lookAtToken = (): number | undefined => tokenEnd(healthOf(source).auth.expiresInMs);
  lookAtToken();
  const stopLooking = source.on('tokenRefreshed', lookAtToken);
  const read: BatchObservableCallback = (result) => {
    const { auth, certificate, temporal, workers } = healthOf(source);
    const accepted = temporal.state === 'unknown' ? undefined : Number(temporal.state === 'good');
    const observed = [
      ['token.expiration_timestamp', tokenEnd(auth.expiresInMs)],
      ['certificate.expiration_timestamp', certificateEnd(certificate?.expiresInMs)],
      ['certificate.lifetime', certificate && certificate.lifetimeMs / 1_000],
      ['temporal.token_accepted', accepted],
    ] as const;
    for (const [name, value] of observed) {
      if (value !== undefined) result.observe(instruments[name], value, common);
    }
    for (const [of, count] of countWorkers(workers))
      result.observe(instruments.workers, count, { ...common, ...of });
  };
  const gauges = gaugeNames.map((name) => instruments[name]);
  meter.addBatchObservableCallback(read, gauges);
  return () => {
    stopLooking();
    meter.removeBatchObservableCallback(read, gauges);
  };
}

/**
 * The moment at which something ends, in seconds since the Unix epoch, out of the milliseconds that are left: an absolute time stays true when
 * nobody works it out anew. It stays where it is when it has passed.
 */
function endOver(clock: Clock): (expiresInMs: number | undefined) => number | undefined {
  let atMs: number | undefined;
  return (expiresInMs) => {
    if (expiresInMs === undefined) atMs = undefined;
    // Of a token that is over nothing more is known than that.
    else if (expiresInMs !== 0 || atMs === undefined) atMs = clock.wallNow() + expiresInMs;
    return atMs === undefined ? undefined : Math.round(atMs / 1_000);
  };
}

/** How many workers there are of each kind; 0 of one that there was, or its last number would stand for ever. */
function workerCounter(): (workers: ClientHealth['workers']) => (readonly [Attributes, number])[] {
  const known = new Map<string, Attributes>();
  return (workers) => {
    const keys = workers.map(({ taskQueue, state }) => {
      const kind = { ...ofQueue(taskQueue), 'worker_auth.worker.state': state.toLowerCase() };
      const key = JSON.stringify(kind);
      known.set(key, kind);
      return key;
    });
    return Array.from(known, ([key, kind]) => [kind, keys.filter((one) => one === key).length]);
  };
}
