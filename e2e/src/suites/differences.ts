/** A difference that has to be. */
export interface KnownDifference {
  readonly suite: string;
  /** Default: each lane. */
  readonly lane?: string;
  readonly file: string;
  /** Default: each test. */
  readonly test?: string;
  readonly reason: string;
}

const suite = 'typescript';
const apiKey = 'an API key or call credentials beside the plugin are an error that names both';

/** Each with its reason; any other is a defect. */
export const knownDifferences: readonly KnownDifference[] = [
  ...[
    'Can configure TLS + call credentials',
    'Client Connection: TLS is enabled by default when apiKey is provided and tls is not configured',
    'Client Connection: TLS can be explicitly disabled even when apiKey is provided',
    'apiKey sets temporal-namespace header appropriately',
    'withMetadata / withDeadline / withAbortSignal set the CallContext for RPC call',
  ].map((test) => ({ suite, file: 'test-client-connection', test, reason: apiKey })),
  ...[
    'NativeConnection passes headers provided in options',
    'apiKey sets temporal-namespace header appropriately',
  ].map((test) => ({ suite, file: 'test-native-connection-headers', test, reason: apiKey })),
  {
    ...{ suite, file: 'test-integration-envconfig' },
    ...{ test: 'Envconfig factory connects through envconfig', reason: apiKey },
  },
  {
    ...{ suite, file: 'test-native-connection' },
    test: 'NativeConnection.connect() throws meaningful error when passed invalid address',
    reason: 'the plugin says in its own words what is wrong with the address',
  },
  {
    ...{ suite, file: 'test-integration-activities' },
    test: 'Activity paused and reset returns expected cancellation details',
    reason: 'it sends two calls at once, and passes by which one Temporal takes first: fails without us too',
  },
];

/** @returns undefined where a difference is not known */
export function reasonOf(suite: string, lane: string, file: string, test: string): string | undefined {
  return knownDifferences.find(
    (known) =>
      known.suite === suite &&
      (known.lane ?? lane) === lane &&
      known.file === file &&
      (known.test ?? test) === test,
  )?.reason;
}
