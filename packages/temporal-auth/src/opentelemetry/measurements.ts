import type { Attributes } from '@opentelemetry/api';
import { ofCredentials, ofError, ofQueue } from './attributes.ts';
import type { Instruments } from './instruments.ts';
import type { ObservedClient, ObservedTokens } from './observed.ts';

/** What is measured with. */
export interface MeasuringOptions {
  readonly instruments: Instruments;
  /** On every measurement. */
  readonly common: Attributes;
}

/** Measures events of tokens. Returns what ends each subscription. */
export function measureTokens(
  source: Pick<ObservedTokens, 'on'>,
  { instruments, common }: MeasuringOptions,
): readonly (() => void)[] {
  const { tokenRefreshes, credentialsRejections, tokenExpirations, earlyRejections } = instruments;
  const { tokenRequestDuration, credentialsReadDuration } = instruments;
  const refreshed = (outcome: 'success' | 'failure'): Attributes => ({
    ...common,
    'worker_auth.refresh.outcome': outcome,
  });
  // `increase()` sees a counter grow only from a value that was there before.
  tokenRefreshes.add(0, refreshed('success'));
  for (const counter of [credentialsRejections, tokenExpirations, earlyRejections]) counter.add(0, common);
  return [
    source.on('tokenRefreshed', ({ rejectedEarly = 0 }) => {
      tokenRefreshes.add(1, refreshed('success'));
      if (rejectedEarly > 0) earlyRejections.add(1, common);
    }),
    source.on('refreshFailed', ({ error }) => {
      tokenRefreshes.add(1, { ...refreshed('failure'), ...ofError(error) });
    }),
    source.on('tokenRequested', ({ durationMs, error }) => {
      tokenRequestDuration.record(durationMs / 1_000, { ...common, ...ofError(error) });
    }),
    source.on('credentialsRead', (event) => {
      credentialsReadDuration.record(event.durationMs / 1_000, { ...common, ...ofCredentials(event) });
    }),
    source.on('credentialsRejected', () => {
      credentialsRejections.add(1, common);
    }),
    source.on('tokenExpired', () => {
      tokenExpirations.add(1, common);
    }),
  ];
}

/** Measures events of workers. Returns what ends each subscription. */
export function measureWorkers(
  source: Pick<ObservedClient, 'on'>,
  { instruments, common }: MeasuringOptions,
): readonly (() => void)[] {
  const { probeDuration, connectionReplacements, activityResults } = instruments;
  const { workerRestarts, workerFailures } = instruments;
  const replacedFor = (reason: string): Attributes => ({
    ...common,
    'worker_auth.replacement.reason': reason,
  });
  connectionReplacements.add(0, replacedFor('rejected'));
  const onResult = (event: keyof typeof handlings): (() => void) => {
    const handled = { ...common, 'worker_auth.result.handling': handlings[event] };
    activityResults.add(0, handled);
    return source.on(event, () => {
      activityResults.add(1, handled);
    });
  };
  return [
    onResult('resultPending'),
    onResult('resultResent'),
    onResult('resultAbandoned'),
    source.on('temporalProbed', ({ result, durationMs }) => {
      probeDuration.record(durationMs / 1_000, { ...common, 'worker_auth.probe.result': result });
    }),
    source.on('connectionReplaced', ({ reason }) => {
      connectionReplacements.add(1, replacedFor(reason));
    }),
    source.on('workerStarted', ({ taskQueue, attempt }) => {
      workerRestarts.add(attempt > 1 ? 1 : 0, { ...common, ...ofQueue(taskQueue) });
    }),
    source.on('workerFailed', ({ taskQueue, error }) => {
      workerFailures.add(1, { ...common, ...ofQueue(taskQueue), ...ofError(error) });
    }),
  ];
}

const handlings = {
  resultPending: 'pending',
  resultResent: 'resent',
  resultAbandoned: 'abandoned',
} as const;
