import type { Attributes, BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { Clock } from '@worker-auth/internal';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import { conditionCodes, conditionKinds } from '../conditions/codes.ts';
import type { AuthHealth, ClientHealth } from '../tokens/client-health.ts';
import type { WorkerEvents } from '../conditions/worker-events.ts';
import { gaugeNames, type Instruments, makeInstruments } from './instruments.ts';

/** What a code looks like, here and in Node: nothing that could be a secret by mistake. */
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

interface Observed<Events, Health> {
  on<K extends keyof Events>(event: K, listener: (event: Events[K]) => void): () => void;
  health(): Health;
}

/** A `TemporalWorkflowClient` or the plugin. */
export type ObservedClient = Observed<TokenManagerEvents & WorkerEvents, ClientHealth>;

/** An `AtlanAuthClient`, or the plugin of clients without a worker. */
export type ObservedTokens = Observed<TokenManagerEvents, TokensHealth | ClientHealth>;

type TokensHealth = AuthHealth & Pick<ClientHealth, 'conditions'>;

/** Something that took its time; `source` is that of credentials. */
export type Step = TokenManagerEvents['tokenRequested'] & { readonly source?: string | undefined };

interface MeasuringOptions {
  readonly meter: Meter;
  /** On every measurement. */
  readonly common: Attributes;
  readonly clock: Clock;
}

type GaugeName = (typeof gaugeNames)[number];
type Measurement = readonly [name: Exclude<keyof Instruments, GaugeName>, value: number, of?: Attributes];
type MeasurementsOf<Events> = { readonly [K in keyof Events]?: (event: Events[K]) => readonly Measurement[] };

const ofTokens: MeasurementsOf<TokenManagerEvents> = {
  tokenRefreshed: () => [['token.refreshes', 1, by('refresh.outcome', 'success')]],
  refreshFailed: ({ error }) => [
    ['token.refreshes', 1, { ...by('refresh.outcome', 'failure'), ...ofError(error) }],
  ],
  tokenRequested: (step) => [['token.request.duration', step.durationMs / 1_000, ofStep(step)]],
  credentialsRead: (step) => [['credentials.read.duration', step.durationMs / 1_000, ofStep(step)]],
};

const ofWorkers: MeasurementsOf<WorkerEvents> = {
  temporalProbed: ({ result, durationMs }) => [
    ['temporal.probe.duration', durationMs / 1_000, by('probe.result', result)],
  ],
  connectionReplaced: ({ reason }) => [['connection.replacements', 1, by('replacement.reason', reason)]],
  resultPending: () => [['activity.results', 1, by('result.handling', 'pending')]],
  resultDelivered: () => [['activity.results', 1, by('result.handling', 'delivered')]],
  resultGone: () => [['activity.results', 1, by('result.handling', 'gone')]],
  resultAbandoned: () => [['activity.results', 1, by('result.handling', 'abandoned')]],
  workerFailed: ({ taskQueue, error }) => [
    ['worker.failures', 1, { ...by('task_queue', taskQueue), ...ofError(error) }],
  ],
};

// `increase()` sees a counter grow only from a value that was there before.

const zerosOfTokens: readonly Measurement[] = [['token.refreshes', 0, by('refresh.outcome', 'success')]];

const zerosOfWorkers: readonly Measurement[] = [
  ['connection.replacements', 0, by('replacement.reason', 'rejected')],
  ...['pending', 'delivered', 'gone', 'abandoned'].map(
    (handling) => ['activity.results', 0, by('result.handling', handling)] as const,
  ),
];

/** Measures the events of a source, and its health whenever that is collected. Returns what ends it. */
export function measure(
  source: ObservedTokens,
  { meter, common, clock }: MeasuringOptions,
): readonly (() => void)[] {
  const instruments = makeInstruments(meter);
  const take = ([name, value, more]: Measurement): void => {
    const instrument = instruments[name];
    const attributes = { ...common, ...more };
    if ('add' in instrument) instrument.add(value, attributes);
    else instrument.record(value, attributes);
  };
  // Tokens alone have no events of workers.
  const hasWorkers = 'workers' in source.health();
  for (const zero of [...zerosOfTokens, ...(hasWorkers ? zerosOfWorkers : [])]) take(zero);
  const ends = Object.entries({ ...ofTokens, ...(hasWorkers && ofWorkers) }).map(([name, measurements]) =>
    source.on(name as keyof TokenManagerEvents, (event) => {
      for (const one of measurements(event as never)) take(one);
    }),
  );
  return [...ends, ...readGauges(source, instruments, { meter, common, clock })];
}

function readGauges(source: ObservedTokens, instruments: Instruments, options: MeasuringOptions) {
  const { meter, common, clock } = options;
  const [tokenEnd, certificateEnd] = [endOver(clock), endOver(clock)];
  const countWorkers = workerCounter();
  // A token may be over before anybody collects.
  const lookAtToken = (): number | undefined => tokenEnd(healthOf(source).auth.expiresInMs);
  lookAtToken();
  const read: BatchObservableCallback = (result) => {
    const { auth, certificate, conditions, workers = [] } = healthOf(source);
    const observed = [
      ['token.expiration_timestamp', tokenEnd(auth.expiresInMs)],
      ['certificate.expiration_timestamp', certificateEnd(certificate?.expiresInMs)],
    ] as const;
    for (const [name, value] of observed) {
      if (value !== undefined) result.observe(instruments[name], value, common);
    }
    for (const code of conditionCodes) {
      const sinceMs = conditions.filter((one) => one.code === code).map(({ since }) => Date.parse(since));
      const attributes = { ...common, code, severity: conditionKinds[code].severity };
      result.observe(instruments.condition, Number(sinceMs.length > 0), attributes);
      const seconds = (clock.wallNow() - Math.min(...sinceMs, clock.wallNow())) / 1_000;
      result.observe(instruments['condition.duration'], Math.round(seconds), attributes);
    }
    for (const [kind, count] of countWorkers(workers))
      result.observe(instruments.workers, count, { ...common, ...kind });
  };
  const gauges = gaugeNames.map((name) => instruments[name]);
  meter.addBatchObservableCallback(read, gauges);
  return [
    source.on('tokenRefreshed', lookAtToken),
    () => {
      meter.removeBatchObservableCallback(read, gauges);
    },
  ];
}

function by(name: string, value: string): Attributes {
  return { [`worker_auth.${name}`]: value };
}

/**
 * `error.type`, by OpenTelemetry's conventions for errors (https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/): the code of
 * the error, else its class, else `_OTHER`; never its message. No attribute where there is no error.
 */
function ofError(error: unknown): Attributes {
  if (error === undefined) return {};
  if (!(error instanceof Error)) return { 'error.type': '_OTHER' };
  const { code = '' } = error as NodeJS.ErrnoException;
  return { 'error.type': codeForm.test(code) ? code : error.constructor.name || '_OTHER' };
}

export function ofStep({ source, error }: Step): Attributes {
  return { ...(source !== undefined && { 'worker_auth.credentials.source': source }), ...ofError(error) };
}

/** Unix time at which something ends, in seconds: it stays true when nobody works it out again, and stays where it is when it has passed. */
function endOver(clock: Clock): (expiresInMs: number | undefined) => number | undefined {
  let atMs: number | undefined;
  return (expiresInMs) => {
    if (expiresInMs === undefined) atMs = undefined;
    // Of a token that has expired nothing more is known than that.
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

/** Where there are tokens alone, nothing is known of Temporal. */
function healthOf(source: ObservedTokens): Pick<ClientHealth, 'auth' | 'conditions'> & Partial<ClientHealth> {
  const health = source.health();
  return 'workers' in health ? health : { auth: health, conditions: health.conditions };
}
