import type { Attributes } from '@opentelemetry/api';
import { attributes } from './catalogue.ts';
import { errorAttributes } from './error-type.ts';
import type { MadeInstruments } from './made-instruments.ts';
import type { ObservedClient, ObservedTokens } from './observed.ts';

/** What is measured with. */
export interface MeasuringOptions {
  readonly instruments: MadeInstruments;
  /** On every measurement. */
  readonly common: Attributes;
}

const refreshOutcome = attributes.refreshOutcome.name;
const resultHandling = attributes.resultHandling.name;

/**
 * Measures what tokens tell of.
 *
 * @returns what ends each subscription
 */
export function measureTokens(
  source: Pick<ObservedTokens, 'on'>,
  { instruments, common }: MeasuringOptions,
): readonly (() => void)[] {
  const { tokenRefreshes, credentialsRejections, tokenExpirations, earlyRejections } = instruments;
  const succeeded = { ...common, [refreshOutcome]: 'success' };
  // Whoever looks at how a counter grows needs to have seen it before.
  tokenRefreshes.add(0, succeeded);
  for (const counter of [credentialsRejections, tokenExpirations, earlyRejections]) counter.add(0, common);
  return [
    source.on('tokenRefreshed', ({ rejectedEarly = 0 }) => {
      tokenRefreshes.add(1, succeeded);
      if (rejectedEarly > 0) earlyRejections.add(1, common);
    }),
    source.on('refreshFailed', ({ error }) => {
      tokenRefreshes.add(1, { ...common, [refreshOutcome]: 'failure', ...errorAttributes(error) });
    }),
    source.on('tokenRequested', ({ durationMs, error }) => {
      instruments.tokenRequestDuration.record(inSeconds(durationMs), {
        ...common,
        ...errorAttributes(error),
      });
    }),
    source.on('credentialsRead', (event) => {
      const told = { ...common, ...credentialsAttributes(event) };
      instruments.credentialsReadDuration.record(inSeconds(event.durationMs), told);
    }),
    source.on('credentialsRejected', () => {
      credentialsRejections.add(1, common);
    }),
    source.on('tokenExpired', () => {
      tokenExpirations.add(1, common);
    }),
  ];
}

/**
 * Measures what workers tell of.
 *
 * @returns what ends each subscription
 */
export function measureWorkers(
  source: Pick<ObservedClient, 'on'>,
  { instruments, common }: MeasuringOptions,
): readonly (() => void)[] {
  const { probeDuration, connectionReplacements, workerRestarts, workerFailures, activityResults } =
    instruments;
  const replacedFor = (reason: string): Attributes => ({
    ...common,
    [attributes.replacementReason.name]: reason,
  });
  connectionReplacements.add(0, replacedFor('rejected'));
  const onResult = (event: keyof typeof handlings): (() => void) => {
    const handled = { ...common, [resultHandling]: handlings[event] };
    activityResults.add(0, handled);
    return source.on(event, () => {
      activityResults.add(1, handled);
    });
  };
  const ofQueue = (taskQueue: string): Attributes => ({ ...common, [attributes.taskQueue.name]: taskQueue });
  return [
    onResult('resultPending'),
    onResult('resultResent'),
    onResult('resultAbandoned'),
    source.on('temporalProbed', ({ result, durationMs }) => {
      probeDuration.record(inSeconds(durationMs), { ...common, [attributes.probeAnswer.name]: result });
    }),
    source.on('connectionReplaced', ({ reason }) => {
      connectionReplacements.add(1, replacedFor(reason));
    }),
    source.on('workerStarted', ({ taskQueue, attempt }) => {
      workerRestarts.add(attempt > 1 ? 1 : 0, ofQueue(taskQueue));
    }),
    source.on('workerFailed', ({ taskQueue, error }) => {
      workerFailures.add(1, { ...ofQueue(taskQueue), ...errorAttributes(error) });
    }),
  ];
}

const handlings = {
  resultPending: 'pending',
  resultResent: 'resent',
  resultAbandoned: 'abandoned',
} as const;

/** What a measurement and a span say of credentials that were read. */
export function credentialsAttributes({
  source,
  error,
}: {
  readonly source: string | undefined;
  readonly error: unknown;
}): Attributes {
  return {
    ...(source !== undefined && { [attributes.credentialsSource.name]: source }),
    ...errorAttributes(error),
  };
}

function inSeconds(ms: number): number {
  return ms / 1_000;
}
