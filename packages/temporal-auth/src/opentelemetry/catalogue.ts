/** What is told of: the instruments and the spans are made from these lists, and the pages that name them are checked against them. */

/** Of requests, in seconds. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The name under which the instruments and spans are made. */
export const scopeName = '@worker-auth/temporal-auth';

/** The attributes, and what they say. */
export const attributes = {
  errorType: {
    name: 'error.type',
    description:
      'The stable code of the error; its class where it has none, `_OTHER` where it is no error. Absent after a success',
  },
  refreshOutcome: { name: 'worker_auth.refresh.outcome', description: '`success` or `failure`' },
  credentialsSource: {
    name: 'worker_auth.credentials.source',
    description:
      'Where the credentials came from, as their source says; absent when it does not, or gave none',
  },
  probeAnswer: {
    name: 'worker_auth.probe.answer',
    description:
      '`good`, `refused` (Temporal rejects the token), `throttled` or `unreachable`; the last two say nothing of the token',
  },
  replacementReason: {
    name: 'worker_auth.replacement.reason',
    description:
      '`rejected` (Temporal rejects the token on one connection and accepts it on a new one) or `certificate` (there is another client certificate)',
  },
  taskQueue: { name: 'worker_auth.task_queue', description: "The worker's task queue" },
  workerState: {
    name: 'worker_auth.worker.state',
    description:
      "Temporal's word in lower case, `running` or `failed` for example; under `runWorker()` also `starting` and `waiting`",
  },
  resultHandling: {
    name: 'worker_auth.result.handling',
    description: '`pending` (not accepted at once), `resent` (accepted after all) or `abandoned`',
  },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly description: string }>>;

/** One of {@link attributes}. */
export type AttributeKey = keyof typeof attributes;

/** An instrument, as OpenTelemetry's API makes it. */
export interface InstrumentEntry {
  readonly name: string;
  readonly kind: 'counter' | 'histogram' | 'observable gauge';
  /** UCUM; in braces what is counted. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly AttributeKey[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

/** The instruments. */
export const instruments = {
  tokenRefreshes: {
    name: 'worker_auth.token.refreshes',
    kind: 'counter',
    unit: '{refresh}',
    description: 'New tokens, and attempts that brought none',
    attributes: ['refreshOutcome', 'errorType'],
  },
  tokenRequestDuration: {
    name: 'worker_auth.token.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long the token endpoint took to answer, or was waited for',
    attributes: ['errorType'],
    buckets: requestBuckets,
  },
  credentialsReadDuration: {
    name: 'worker_auth.credentials.read.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long the credentials took to read',
    attributes: ['credentialsSource', 'errorType'],
    buckets: requestBuckets,
  },
  credentialsRejections: {
    name: 'worker_auth.credentials.rejections',
    kind: 'counter',
    unit: '{rejection}',
    description: 'Times that the token endpoint refused the client',
    attributes: [],
  },
  tokenExpirations: {
    name: 'worker_auth.token.expirations',
    kind: 'counter',
    unit: '{token}',
    description: 'Tokens that ended before a newer one was there',
    attributes: [],
  },
  earlyRejections: {
    name: 'worker_auth.token.early_rejections',
    kind: 'counter',
    unit: '{token}',
    description: 'Tokens that were replaced since they were refused with more than half of their life left',
    attributes: [],
  },
  tokenExpirationTimestamp: {
    name: 'worker_auth.token.expiration_timestamp',
    kind: 'observable gauge',
    unit: 's',
    description: 'When the token ends, or has ended, in seconds since the Unix epoch; nothing without one',
    attributes: [],
  },
  certificateExpirationTimestamp: {
    name: 'worker_auth.certificate.expiration_timestamp',
    kind: 'observable gauge',
    unit: 's',
    description:
      'When the client certificate ends, or has ended, in seconds since the Unix epoch; nothing where none rotates',
    attributes: [],
  },
  certificateLifetime: {
    name: 'worker_auth.certificate.lifetime',
    kind: 'observable gauge',
    unit: 's',
    description: 'How long the client certificate is good in all; nothing where none rotates',
    attributes: [],
  },
  probeDuration: {
    name: 'worker_auth.temporal.probe.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long Temporal took to answer probes of the token',
    attributes: ['probeAnswer'],
    buckets: requestBuckets,
  },
  tokenAccepted: {
    name: 'worker_auth.temporal.token_accepted',
    kind: 'observable gauge',
    unit: '{token}',
    description:
      '1 while Temporal accepts the token of the workers, 0 while it does not; nothing before the first probe',
    attributes: [],
  },
  connectionReplacements: {
    name: 'worker_auth.connection.replacements',
    kind: 'counter',
    unit: '{connection}',
    description: 'Connections that were replaced under their running workers',
    attributes: ['replacementReason'],
  },
  workers: {
    name: 'worker_auth.workers',
    kind: 'observable gauge',
    unit: '{worker}',
    description: 'Workers that have not ended',
    attributes: ['taskQueue', 'workerState'],
  },
  workerRestarts: {
    name: 'worker_auth.worker.restarts',
    kind: 'counter',
    unit: '{restart}',
    description: 'Workers of runWorker() that started after another one had failed, or could not be made',
    attributes: ['taskQueue'],
  },
  workerFailures: {
    name: 'worker_auth.worker.failures',
    kind: 'counter',
    unit: '{failure}',
    description: 'Workers of runWorker() that failed, or could not be made',
    attributes: ['taskQueue', 'errorType'],
  },
  activityResults: {
    name: 'worker_auth.activity.results',
    kind: 'counter',
    unit: '{result}',
    description: 'Activity results that Temporal did not accept at once, and what became of them',
    attributes: ['resultHandling'],
  },
} as const satisfies Readonly<Record<string, InstrumentEntry>>;

/** A span. */
export interface SpanEntry {
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeKey[];
}

/** The spans; all are of kind CLIENT, and failed with status ERROR. */
export const spans = {
  tokenRequest: {
    name: 'worker_auth.token.request',
    description: 'A request to the token endpoint, until the whole answer was there or its deadline had come',
    attributes: ['errorType'],
  },
  credentialsRead: {
    name: 'worker_auth.credentials.read',
    description:
      'The credentials were read from their source: the secret store, the environment, the options',
    attributes: ['credentialsSource', 'errorType'],
  },
} as const satisfies Readonly<Record<string, SpanEntry>>;
