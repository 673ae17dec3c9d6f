import type { Attributes, BatchObservableCallback, Counter, Meter } from '@opentelemetry/api';
import type { Clock } from '@worker-auth/internal';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { AuthHealth, ClientHealth } from '../health/client-health.ts';
import type { WorkerEvents } from '../worker/worker-events.ts';
import { gaugeNames, type Instruments } from './instruments.ts';

/** What a code looks like, here and in Node: nothing that could be a secret by mistake. */
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

interface Observed<Events, Health> {
  on<K extends keyof Events>(event: K, listener: (event: Events[K]) => void): () => void;
  health(): Health;
}

/** A `TemporalWorkflowClient` or the plugin. */
export type ObservedClient = Observed<TokenManagerEvents & WorkerEvents, ClientHealth>;

/** An `AtlanAuthClient`, or the plugin of clients without a worker. */
export type ObservedTokens = Observed<TokenManagerEvents, AuthHealth | ClientHealth>;

interface MeasuringOptions {
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
  const by = (name: string, value: string): Attributes => ({ ...common, [`worker_auth.${name}`]: value });
  const refreshed = by('refresh.outcome', 'success');
  refreshes.add(0, refreshed);
  earlyRejections.add(0, common);
  const ofTokens = [
    source.on('tokenRefreshed', ({ rejectedEarly = 0 }) => {
      refreshes.add(1, refreshed);
      if (rejectedEarly > 0) earlyRejections.add(1, common);
    }),
    source.on('refreshFailed', ({ error }) => {
      refreshes.add(1, { ...by('refresh.outcome', 'failure'), ...ofError(error) });
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
  replacements.add(0, by('replacement.reason', 'rejected'));
  const results = instruments['activity.results'];
  return [
    ...ofTokens,
    count(source, 'resultPending', results, by('result.handling', 'pending')),
    count(source, 'resultResent', results, by('result.handling', 'resent')),
    count(source, 'resultAbandoned', results, by('result.handling', 'abandoned')),
    source.on('temporalProbed', ({ result, durationMs }) => {
      instruments['temporal.probe.duration'].record(durationMs / 1_000, by('probe.result', result));
    }),
    source.on('connectionReplaced', ({ reason }) => {
      replacements.add(1, by('replacement.reason', reason));
    }),
    source.on('workerStarted', ({ taskQueue, attempt }) => {
      instruments['worker.restarts'].add(attempt > 1 ? 1 : 0, by('task_queue', taskQueue));
    }),
    source.on('workerFailed', ({ taskQueue, error }) => {
      instruments['worker.failures'].add(1, { ...by('task_queue', taskQueue), ...ofError(error) });
    }),
  ];
}

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

export function ofCredentials({ source, error }: TokenManagerEvents['credentialsRead']): Attributes {
  return { ...(source !== undefined && { 'worker_auth.credentials.source': source }), ...ofError(error) };
}

/** Unix time at which something ends, in seconds: it stays true when nobody works it out anew, and stays where it is when it has passed. */
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
      const kind = { 'worker_auth.task_queue': taskQueue, 'worker_auth.worker.state': state.toLowerCase() };
      const key = JSON.stringify(kind);
      known.set(key, kind);
      return key;
    });
    return Array.from(known, ([key, kind]) => [kind, keys.filter((one) => one === key).length]);
  };
}

function isClient(source: ObservedTokens): source is ObservedClient {
  return 'workers' in source.health();
}

/** Where there are tokens alone, nothing is known of Temporal. */
function healthOf(source: ObservedTokens): Omit<ClientHealth, 'state'> {
  const health = source.health();
  if ('workers' in health) return health;
  const temporal = { state: 'unknown', sinceMs: undefined, reason: undefined } as const;
  return { auth: health, temporal, certificate: undefined, workers: [] };
}
