import type { Attributes, BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { Clock } from '@worker-auth/inlined';
import { attributes } from './catalogue.ts';
import { Expiration } from './expiration.ts';
import { healthOf, type ObservedClient, type ObservedHealth, type ObservedTokens } from './observed.ts';
import type { MeasuringOptions } from './measurements.ts';

/** What gauges are read with. */
export interface GaugesOptions extends MeasuringOptions {
  readonly meter: Meter;
  readonly clock: Clock;
}

/**
 * Has the gauges read the health of `source` whenever they are collected.
 *
 * @returns what ends it
 */
export function readGauges(
  source: ObservedClient | ObservedTokens,
  { meter, instruments, common, clock }: GaugesOptions,
): () => void {
  const { tokenExpirationTimestamp, certificateExpirationTimestamp, certificateLifetime } = instruments;
  const { tokenAccepted, workers } = instruments;
  const [token, certificate] = [new Expiration(), new Expiration()];
  const counts = new WorkerCounts();
  // A token may be over before anybody collects.
  const lookAtToken = (): number | undefined => token.at(healthOf(source).auth.expiresInMs, clock.wallNow());
  lookAtToken();
  const tokens: Pick<ObservedTokens, 'on'> = source;
  const stopLooking = tokens.on('tokenRefreshed', lookAtToken);
  const read: BatchObservableCallback = (result) => {
    const health = healthOf(source);
    const nowMs = clock.wallNow();
    const observed = [
      [tokenExpirationTimestamp, token.at(health.auth.expiresInMs, nowMs)],
      [certificateExpirationTimestamp, certificate.at(health.certificate?.expiresInMs, nowMs)],
      [certificateLifetime, health.certificate && health.certificate.lifetimeMs / 1_000],
      [
        tokenAccepted,
        health.temporal.state === 'unknown' ? undefined : Number(health.temporal.state === 'good'),
      ],
    ] as const;
    for (const [gauge, value] of observed) {
      if (value !== undefined) result.observe(gauge, value, common);
    }
    for (const { count, of } of counts.of(health.workers))
      result.observe(workers, count, { ...common, ...of });
  };
  const ends = [tokenExpirationTimestamp, certificateExpirationTimestamp, certificateLifetime];
  const gauges = [...ends, tokenAccepted, workers];
  meter.addBatchObservableCallback(read, gauges);
  return () => {
    stopLooking();
    meter.removeBatchObservableCallback(read, gauges);
  };
}

/** How many workers there are of each kind; 0 of one that there was, or its last number would stand for ever. */
class WorkerCounts {
  readonly #kinds = new Map<string, Attributes>();

  of(workers: ObservedHealth['workers']): { readonly count: number; readonly of: Attributes }[] {
    const counts = new Map<string, number>();
    for (const { taskQueue, state } of workers) {
      const kind = {
        [attributes.taskQueue.name]: taskQueue,
        [attributes.workerState.name]: state.toLowerCase(),
      };
      const key = JSON.stringify(kind);
      this.#kinds.set(key, kind);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return Array.from(this.#kinds, ([key, of]) => ({ count: counts.get(key) ?? 0, of }));
  }
}
