import type { Clock } from '@worker-auth/inlined';
import type { ClientCredentials, CredentialSource } from '../credential-source.ts';
import { daprStore, type DaprStoreOptions } from '../dapr/dapr-store.ts';
import {
  CredentialsNotFoundError,
  CredentialsUnavailableError,
  IncompleteCredentialsError,
  type PlaceReport,
  SecretStoreError,
} from '../errors.ts';
import type { ReadOptions, SecretStore } from '../secret-store.ts';
import type { Environment } from '../stores/environment-store.ts';
import { SingleFlight } from '../single-flight.ts';
import { FoundCredentials } from './credentials.ts';
import { type CredentialKeys, credentialKeys } from './keys.ts';
import { daprPlace, environmentPlace, type Place, storePlace } from './places.ts';

const defaultSecretName = 'atlan-deployment-secrets';

/** A place to look at: the environment, the Dapr sidecar, or a store of one's own with a name for messages. */
export type CredentialPlace = 'environment' | 'dapr' | { readonly name: string; readonly store: SecretStore };

/** Options of {@link discoverCredentials}. */
export interface DiscoverCredentialsOptions {
  /** `postgres-extraction` looks for `postgres_extraction_client_id` and `postgres_extraction_client_secret`. */
  readonly applicationName: string;
  /** Given together with `clientSecret`: used as they are, and nothing is looked for. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Environment variables; default `process.env`. */
  readonly env?: Environment | undefined;
  /** Where to look, first to last; default `['environment', 'dapr']`. */
  readonly order?: readonly CredentialPlace[] | undefined;
  /** The Dapr component; default `ATLAN_DEPLOYMENT_SECRET_COMPONENT`, else `deployment-secret-store`. */
  readonly component?: string | undefined;
  /** The secret that holds the keys; default `ATLAN_DEPLOYMENT_SECRET_NAME`, else `atlan-deployment-secrets`. */
  readonly secretName?: string | undefined;
  /** How the sidecar is reached, and how long it is waited for. */
  readonly dapr?: Omit<DaprStoreOptions, 'env' | 'component' | 'clock'> | undefined;
  /** Measures the deadlines; default the host's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Finds the OAuth2 client credentials of an application: explicit ones, else the first place of `order` that has
 * them. They are remembered until `invalidate`, which makes the next `get` a fresh read through every layer.
 *
 * `get` rejects with {@link CredentialsNotFoundError} when no place has them, with `IncompleteCredentialsError` for
 * half a pair, and with `CredentialsUnavailableError` or the store's own error when a place cannot answer: that is never
 * taken for "not there".
 *
 * @throws IncompleteCredentialsError when only one of `clientId` and `clientSecret` is given
 * @throws InvalidConfigurationError when the environment names a sidecar address or token that cannot be used
 * @throws TypeError for an empty `applicationName` or an empty `order`
 */
export function discoverCredentials(options: DiscoverCredentialsOptions): CredentialSource {
  const keys = credentialKeys(options.applicationName);
  const explicit = explicitCredentials(options);
  if (explicit !== undefined) return { get: (read) => given(explicit, read), invalidate: () => undefined };
  const env = options.env ?? process.env;
  const order = options.order ?? ['environment', 'dapr'];
  if (order.length === 0) throw new TypeError('order must name at least one place');
  const secretName = options.secretName ?? (env['ATLAN_DEPLOYMENT_SECRET_NAME'] || defaultSecretName);
  const places = order.map((place): Place => {
    if (place === 'environment') return environmentPlace(env, keys);
    if (place !== 'dapr') return storePlace(place.store, keys, secretName, () => place.name);
    const { component, clock } = options;
    return daprPlace(daprStore({ ...options.dapr, env, component, clock }), keys, secretName);
  });
  return new Discovery(options.applicationName, places, whatToSet(keys, secretName));
}

class Discovery implements CredentialSource {
  readonly #applicationName: string;
  readonly #places: readonly Place[];
  readonly #whatToSet: string;
  readonly #flight = new SingleFlight<ClientCredentials>();
  #remembered: ClientCredentials | undefined;
  #generation = 0;

  constructor(applicationName: string, places: readonly Place[], whatToSet: string) {
    this.#applicationName = applicationName;
    this.#places = places;
    this.#whatToSet = whatToSet;
  }

  async get(options?: ReadOptions): Promise<ClientCredentials> {
    options?.signal?.throwIfAborted();
    if (this.#remembered !== undefined) return this.#remembered;
    const generation = this.#generation;
    const found = await this.#flight.join((signal) => this.#look(signal), options?.signal);
    // What was asked for before an `invalidate` must not be remembered after it.
    if (generation === this.#generation) this.#remembered = found;
    return found;
  }

  invalidate(): void {
    this.#generation += 1;
    this.#remembered = undefined;
    this.#flight.forget();
    for (const place of this.#places) place.invalidate();
  }

  async #look(signal: AbortSignal): Promise<ClientCredentials> {
    const looked: PlaceReport[] = [];
    for (const place of this.#places) {
      const outcome = await place.find({ signal }).catch((error: unknown) => {
        throw this.#withPlaces(error, looked);
      });
      if ('clientId' in outcome) return outcome;
      looked.push(outcome);
    }
    throw new CredentialsNotFoundError(this.#applicationName, looked, this.#whatToSet);
  }

  /** Says what the earlier places lacked: a mistyped variable must not look like a sidecar that is down. */
  #withPlaces(error: unknown, looked: readonly PlaceReport[]): unknown {
    const isOutage = error instanceof SecretStoreError && error.kind === 'connectivity';
    return isOutage && looked.length > 0
      ? new CredentialsUnavailableError(error, looked, this.#whatToSet)
      : error;
  }
}

function explicitCredentials(options: DiscoverCredentialsOptions): ClientCredentials | undefined {
  const clientId = options.clientId || undefined;
  const clientSecret = options.clientSecret || undefined;
  if (clientId === undefined && clientSecret === undefined) return undefined;
  if (clientId === undefined) throw new IncompleteCredentialsError('the call', 'clientSecret', 'clientId');
  if (clientSecret === undefined)
    throw new IncompleteCredentialsError('the call', 'clientId', 'clientSecret');
  return new FoundCredentials({ clientId, clientSecret, source: 'options clientId and clientSecret' });
}

function given(credentials: ClientCredentials, options: ReadOptions | undefined): Promise<ClientCredentials> {
  return options?.signal?.aborted === true
    ? Promise.reject(options.signal.reason as Error)
    : Promise.resolve(credentials);
}

function whatToSet(keys: CredentialKeys, secretName: string): string {
  return (
    `Set the environment variables ATLAN_${keys.clientId} and ATLAN_${keys.clientSecret}, ` +
    `or give the secret "${secretName}" the keys "${keys.clientId}" and "${keys.clientSecret}".`
  );
}
