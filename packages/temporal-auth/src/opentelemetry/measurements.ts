import type { Attributes, Counter } from '@opentelemetry/api';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { Instruments } from './instruments.ts';
import { isClient, type ObservedTokens } from './observed.ts';

/** What a code looks like, here and in Node: nothing that could be a secret by mistake. */
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

/** What is measured with. */
export interface MeasuringOptions {
  readonly instruments: Instruments;
  /** On every measurement. */
  readonly common: Attributes;
}

/** Measures the events of a source. Returns what ends each subscription. */
export function measure(
  source: ObservedTokens,
  { instruments, common }: MeasuringOptions,
): readonly (() => void)[] {
  const refreshes = instruments['token.refreshes'];
  const earlyRejections = instruments['token.early_rejections'];
  const refreshed = (outcome: string): Attributes => ({ ...common, 'worker_auth.refresh.outcome': outcome });
  refreshes.add(0, refreshed('success'));
  earlyRejections.add(0, common);
  const ofTokens = [
    source.on('tokenRefreshed', ({ rejectedEarly = 0 }) => {
      refreshes.add(1, refreshed('success'));
      if (rejectedEarly > 0) earlyRejections.add(1, common);
    }),
    source.on('refreshFailed', ({ error }) => {
      refreshes.add(1, { ...refreshed('failure'), ...ofError(error) });
    }),
    source.on('tokenRequested', ({ durationMs, error }) => {
      instruments['token.request.duration'].record(durationMs / 1_000, { ...common, ...ofError(error) });
    }),
    source.on('credentialsRead', (event) => {
      const of = { ...common, ...ofCredentials(event) };
      instruments['credentials.read.duration'].record(event.durationMs / 1_000, of);
    }),
    count(source, 'credentialsRejected', instruments['credentials.rejections'], common),
    count(source, 'tokenExpired', instruments['token.expirations'], common),
  ];
  if (!isClient(source)) return ofTokens;
  const replacements = instruments['connection.replacements'];
  const replaced = (reason: string): Attributes => ({ ...common, 'worker_auth.replacement.reason': reason });
  replacements.add(0, replaced('rejected'));
  const results = instruments['activity.results'];
  const handled = (handling: string): Attributes => ({ ...common, 'worker_auth.result.handling': handling });
  return [
    ...ofTokens,
    count(source, 'resultPending', results, handled('pending')),
    count(source, 'resultResent', results, handled('resent')),
    count(source, 'resultAbandoned', results, handled('abandoned')),
    source.on('temporalProbed', ({ result, durationMs }) => {
      const of = { ...common, 'worker_auth.probe.result': result };
      instruments['temporal.probe.duration'].record(durationMs / 1_000, of);
    }),
    source.on('connectionReplaced', ({ reason }) => {
      replacements.add(1, replaced(reason));
    }),
    source.on('workerStarted', ({ taskQueue, attempt }) => {
      instruments['worker.restarts'].add(attempt > 1 ? 1 : 0, { ...common, ...ofQueue(taskQueue) });
    }),
    source.on('workerFailed', ({ taskQueue, error }) => {
      instruments['worker.failures'].add(1, { ...common, ...ofQueue(taskQueue), ...ofError(error) });
    }),
  ];
}

/** Counts an event, from 0 on: `increase()` sees a counter grow only from a value that was there before. */
function count<E extends string>(
  source: { on(event: E, listener: () => void): () => void },
  event: E,
  counter: Counter,
  attributes: Attributes,
): () => void {
  counter.add(0, attributes);
  return source.on(event, () => {
    counter.add(1, attributes);
  });
}

/**
 * `error.type`, by OpenTelemetry's conventions for errors (https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/): the code of
 * the error, else its class, else `_OTHER`; never its message. No attribute where there is no error.
 */
export function ofError(error: unknown): Attributes {
  if (error === undefined) return {};
  if (!(error instanceof Error)) return { 'error.type': '_OTHER' };
  const { code = '' } = error as NodeJS.ErrnoException;
  return { 'error.type': codeForm.test(code) ? code : error.constructor.name || '_OTHER' };
}

/** Of credentials that were read. */
export function ofCredentials({ source, error }: TokenManagerEvents['credentialsRead']): Attributes {
  return { ...(source !== undefined && { 'worker_auth.credentials.source': source }), ...ofError(error) };
}

export function ofQueue(taskQueue: string): Attributes {
  return { 'worker_auth.task_queue': taskQueue };
}
