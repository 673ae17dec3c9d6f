import type { Attributes, BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { Clock } from '@worker-auth/internal';
import type { ClientHealth } from '../health/client-health.ts';
import { ofQueue } from './attributes.ts';
import type { MeasuringOptions } from './measurements.ts';
import { healthOf, type ObservedClient, type ObservedTokens } from './observed.ts';

/** Has the gauges read the health of `source` whenever they are collected. Returns what ends it. */
export function readGauges(
  source: ObservedClient | ObservedTokens,
  options: MeasuringOptions & { readonly meter: Meter; readonly clock: Clock },
): () => void {
  const { meter, instruments, common, clock } = options;
  const { tokenExpirationTimestamp, certificateExpirationTimestamp, certificateLifetime } = instruments;
  const { tokenAccepted, workers } = instruments;
  const [tokenEnd, certificateEnd] = [endOver(clock), endOver(clock)];
  const counts = new WorkerCounts();
  // A token may be over before anybody collects.
  const lookAtToken = (): number | undefined => tokenEnd(healthOf(source).auth.expiresInMs);
  lookAtToken();
  const tokens: Pick<ObservedTokens, 'on'> = source;
  const stopLooking = tokens.on('tokenRefreshed', lookAtToken);
  const read: BatchObservableCallback = (result) => {
    const { auth, certificate, temporal, workers: known } = healthOf(source);
    const accepted = temporal.state === 'unknown' ? undefined : Number(temporal.state === 'good');
    const observed = [
      [tokenExpirationTimestamp, tokenEnd(auth.expiresInMs)],
      [certificateExpirationTimestamp, certificateEnd(certificate?.expiresInMs)],
      [certificateLifetime, certificate && certificate.lifetimeMs / 1_000],
      [tokenAccepted, accepted],
    ] as const;
    for (const [gauge, value] of observed) {
      if (value !== undefined) result.observe(gauge, value, common);
    }
    for (const { count, of } of counts.of(known)) result.observe(workers, count, { ...common, ...of });
  };
  const ends = [tokenExpirationTimestamp, certificateExpirationTimestamp, certificateLifetime];
  const gauges = [...ends, tokenAccepted, workers];
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
class WorkerCounts {
  readonly #kinds = new Map<string, Attributes>();

  of(workers: ClientHealth['workers']): { readonly count: number; readonly of: Attributes }[] {
    const counts = new Map<string, number>();
    for (const { taskQueue, state } of workers) {
      const kind = { ...ofQueue(taskQueue), 'worker_auth.worker.state': state.toLowerCase() };
      const key = JSON.stringify(kind);
      this.#kinds.set(key, kind);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return Array.from(this.#kinds, ([key, of]) => ({ count: counts.get(key) ?? 0, of }));
  }
}
