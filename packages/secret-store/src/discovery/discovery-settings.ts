import {
  checkOptions,
  checkRange,
  type Clock,
  type Environment,
  type OptionNames,
  type SecretStore,
  systemClock,
  timerMs,
  checkText,
  checkList,
} from '@worker-auth/internal';
import type { DaprStoreOptions } from '../dapr/dapr-store.ts';
import { isDaprSecretName } from '../dapr/path-segment.ts';
import { defaultReadTimeoutMs } from '../checked-store.ts';
import { nameOf } from '../named-setting.ts';
import {
  type CredentialKeys,
  credentialKeys,
  FoundCredentials,
  incompleteCredentials,
} from './credentials.ts';

/** The second is that of application-sdk 1 to 3. */
const defaultSecretNames = ['atlan-deployment-secrets', 'ATLAN_DEPLOYMENT_SECRETS'] as const;

/** A place to look at: the environment, the Dapr sidecar, or a store of one's own with a name for messages. */
export type CredentialPlace = 'environment' | 'dapr' | { readonly name: string; readonly store: SecretStore };

/** Options of `discoverCredentials`. */
export interface DiscoverCredentialsOptions {
  /**
   * `postgres-extraction` looks for `postgres_extraction_client_id` and `postgres_extraction_client_assertion_file`, else
   * `postgres_extraction_client_secret`.
   */
  readonly applicationName: string;
  /** Given together with `clientSecret`: used as they are, without a search. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Environment variables; default `process.env`. */
  readonly env?: Environment | undefined;
  /** Where to look, first to last; default `['environment', 'dapr']`. */
  readonly order?: readonly CredentialPlace[] | undefined;
  /** The Dapr component; default `WORKER_AUTH_SECRET_COMPONENT`, else `deployment-secret-store`. */
  readonly component?: string | undefined;
  /** The secret that holds the keys; default `WORKER_AUTH_SECRET_NAME`, else `atlan-deployment-secrets`, then `ATLAN_DEPLOYMENT_SECRETS`. */
  readonly secretName?: string | undefined;
  /** How the sidecar is reached, how long to wait for it, and what is called meanwhile (`onWaiting`). */
  readonly dapr?: Omit<DaprStoreOptions, 'env' | 'component' | 'clock'> | undefined;
  /** How long one read of a store of one's own in `order` may take, in milliseconds; default 50,000. */
  readonly readTimeoutMs?: number | undefined;
  /** Measures the deadlines; default the host's clock. */
  readonly clock?: Clock | undefined;
}

/** Where `discoverCredentials` looks. */
export interface DiscoverySettings {
  readonly applicationName: string;
  readonly keys: CredentialKeys;
  readonly order: readonly CredentialPlace[];
  /** Secrets that may have the keys, the first to look at first. */
  readonly secretNames: readonly [string, ...string[]];
}

/** {@link DiscoverCredentialsOptions}, checked, with every default in its place. Has secrets. */
export interface CheckedDiscoveryOptions extends DiscoverySettings {
  readonly explicit: FoundCredentials | undefined;
  /** Those of application-sdk 1 to 3, which all applications share. Looked for in secrets alone, after {@link keys}. */
  readonly sharedKeys: CredentialKeys;
  readonly env: Environment;
  readonly component: string | undefined;
  readonly dapr: DiscoverCredentialsOptions['dapr'];
  readonly readTimeoutMs: number;
  readonly clock: Clock;
}

const optionNames: OptionNames<DiscoverCredentialsOptions> = {
  applicationName: checkText,
  clientId: checkText,
  clientSecret: checkText,
  env: true,
  order: checkList,
  component: checkText,
  secretName: checkText,
  dapr: true,
  readTimeoutMs: true,
  clock: true,
};

/**
 * Where `discoverCredentials` looks with these options: checked, with the defaults.
 *
 * @throws what `discoverCredentials` throws
 */
export function resolveDiscovery(options: DiscoverCredentialsOptions): DiscoverySettings {
  const { applicationName, keys, order, secretNames } = checkDiscoveryOptions(options);
  return { applicationName, keys, order, secretNames };
}

/** @throws what `discoverCredentials` throws */
export function checkDiscoveryOptions(options: DiscoverCredentialsOptions): CheckedDiscoveryOptions {
  checkOptions('discoverCredentials', options, optionNames);
  const env = options.env ?? process.env;
  const order = checkedOrder(options.order ?? ['environment', 'dapr']);
  const readTimeoutMs = options.readTimeoutMs ?? defaultReadTimeoutMs;
  checkRange('readTimeoutMs', readTimeoutMs, timerMs);
  const explicit = explicitCredentials(options);
  const keys = credentialKeys(options.applicationName);
  const common = {
    // What is not used is not parsed.
    env: explicit === undefined ? env : {},
    isUsable: (name: string) => !order.includes('dapr') || isDaprSecretName(name),
  };
  const secretName = nameOf({
    ...common,
    option: 'secretName',
    given: options.secretName,
    // The last are those of the Python original's guide and releases.
    variables: ['WORKER_AUTH_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'],
    fallback: defaultSecretNames[0],
  });
  const sharedKey = (fallback: string): string =>
    nameOf({ ...common, variables: [`${fallback}_KEY`], fallback });
  return {
    applicationName: options.applicationName,
    keys,
    sharedKeys: {
      ...keys,
      clientId: sharedKey('ATLAN_AUTH_CLIENT_ID'),
      clientSecret: sharedKey('ATLAN_AUTH_CLIENT_SECRET'),
    },
    explicit,
    env,
    order,
    component: options.component,
    secretNames: secretName === defaultSecretNames[0] ? defaultSecretNames : [secretName],
    dapr: options.dapr,
    readTimeoutMs,
    clock: options.clock ?? systemClock,
  };
}

function explicitCredentials(options: DiscoverCredentialsOptions): FoundCredentials | undefined {
  // An empty text counts as not given: it comes from a variable that is not set.
  const clientId = options.clientId || undefined;
  const clientSecret = options.clientSecret || undefined;
  if (clientId?.trim() === '') throw new TypeError('clientId must not be blank');
  if (clientSecret?.trim() === '') throw new TypeError('clientSecret must not be blank');
  if (clientId === undefined && clientSecret === undefined) return undefined;
  if (clientId === undefined) throw incompleteCredentials('the call', 'clientSecret', 'clientId');
  if (clientSecret === undefined) throw incompleteCredentials('the call', 'clientId', 'clientSecret');
  return new FoundCredentials({ clientId, clientSecret, source: 'options clientId and clientSecret' });
}

function checkedOrder(order: readonly CredentialPlace[]): readonly CredentialPlace[] {
  if (order.length === 0) throw new TypeError('order must name at least one place');
  return order.map((place: unknown): CredentialPlace => {
    if (place === 'environment' || place === 'dapr') return place;
    if (isOwnStore(place)) return place;
    throw new TypeError(
      "Each place in order must be 'environment', 'dapr' or { name, store }, with a name that is not blank and a store with get()",
    );
  });
}

function isOwnStore(place: unknown): place is Exclude<CredentialPlace, string> {
  const { name, store } = (place ?? {}) as {
    readonly name?: unknown;
    readonly store?: Partial<SecretStore> | null;
  };
  return typeof name === 'string' && name.trim() !== '' && typeof store?.get === 'function';
}
