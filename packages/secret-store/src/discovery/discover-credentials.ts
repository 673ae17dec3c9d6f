import {
  abortable,
  checkRange,
  type Clock,
  SingleFlight,
  timerMs,
  withDeadline,
  throwIfAborted,
  checkObject,
} from '@worker-auth/internal';
import type { ClientCredentials, CredentialReadOptions, CredentialSource } from '../credential-source.ts';
import { daprStore } from '../dapr/dapr-store.ts';
import {
  CredentialsNotFoundError,
  CredentialsUnavailableError,
  SecretStoreError,
  SecretStoreErrorCode,
  type SourceReport,
} from '../errors.ts';
import { checkedStore, storeTooLate } from '../checked-store.ts';
import {
  checkDiscoveryOptions,
  type CheckedDiscoveryOptions,
  type CredentialPlace,
  type DiscoverCredentialsOptions,
  type DiscoverySettings,
} from './discovery-settings.ts';
import { daprPlace, environmentPlace, type Place, storePlace } from './places.ts';

/**
 * Finds the OAuth2 client credentials of an application: explicit ones, else the first place of `order` that has
 * them. They are remembered until `invalidate`, which makes the next `get` a fresh read through every layer. Failures are not
 * remembered: each `get` after one looks again.
 *
 * `get` rejects with {@link CredentialsNotFoundError} when no place has them, and with the error of a place that cannot answer or
 * has half a pair: that is never taken for "not there". After places that had nothing it is a
 * {@link CredentialsUnavailableError} with the place's error for its `cause`. Whatever a store of one's own throws comes out as a
 * `StoreReadError`. After the `timeoutMs` of a `get` the error says what was waited for, where that is a sidecar with its address.
 *
 * @throws IncompleteCredentialsError when only one of `clientId` and `clientSecret` is given
 * @throws InvalidSettingError when the environment has a sidecar's address, a token or a name that cannot be used
 * @throws TypeError for an `applicationName`, a name or an `order` that is empty or cannot be used
 * @throws RangeError for a `readTimeoutMs` that is not above 0 and at most 2^31-1
 */
export function discoverCredentials(options: DiscoverCredentialsOptions): CredentialSource {
  const settings = checkDiscoveryOptions(options);
  const { explicit } = settings;
  if (explicit === undefined) return new Discovery(settings);
  const get: CredentialSource['get'] = (read) => abortable(Promise.resolve(explicit), read?.signal);
  return { get, invalidate: () => undefined };
}

class Discovery implements CredentialSource {
  readonly #applicationName: string;
  readonly #places: readonly Place[];
  readonly #whatToSet: string;
  readonly #flight = new SingleFlight<ClientCredentials>();
  readonly #clock: Clock;
  /** What the current search found in the sources before the present one. */
  #searched: readonly SourceReport[] = [];
  #remembered: ClientCredentials | undefined;
  #generation = 0;

  constructor(settings: CheckedDiscoveryOptions) {
    this.#applicationName = settings.applicationName;
    this.#places = settings.order.map((place) => placeOf(place, settings));
    this.#whatToSet = whatToSet(settings);
    this.#clock = settings.clock;
  }

  async get(options: CredentialReadOptions = {}): Promise<ClientCredentials> {
    checkObject('The options of get', options);
    throwIfAborted(options.signal);
    if (this.#remembered !== undefined) return this.#remembered;
    const generation = this.#generation;
    const found = await this.#join(options);
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

  /** Callers of one look may have different deadlines. */
  async #join({ signal, timeoutMs }: CredentialReadOptions): Promise<ClientCredentials> {
    const join = (ending: AbortSignal | undefined): Promise<ClientCredentials> =>
      this.#flight.join((inner) => this.#look(inner), ending);
    if (timeoutMs === undefined) return join(signal);
    checkRange('timeoutMs', timeoutMs, timerMs);
    const timeoutError = (): Error => this.#tooLate(timeoutMs);
    return withDeadline(join, { clock: this.#clock, timeoutMs, signal, timeoutError });
  }

  async #look(signal: AbortSignal): Promise<ClientCredentials> {
    const searched: SourceReport[] = [];
    this.#searched = searched;
    for (const place of this.#places) {
      const outcome = await place.find({ signal }).catch((error: unknown) => {
        throw error instanceof SecretStoreError ? this.#withSources(error, searched) : error;
      });
      if ('clientId' in outcome) return outcome;
      searched.push(outcome);
    }
    throw new CredentialsNotFoundError(
      `OAuth2 credentials not found for application "${this.#applicationName}". ` +
        `Looked at:${listOf(searched)}\n${this.#whatToSet}`,
      { code: SecretStoreErrorCode.credentialsNotFound, searchedSources: searched },
    );
  }

  #tooLate(timeoutMs: number): Error {
    const searched = this.#searched;
    const error = this.#places[searched.length]?.tooLate?.(timeoutMs);
    return this.#withSources(error ?? storeTooLate('credentials', timeoutMs), searched);
  }

  /** Says what the earlier sources lacked: a mistyped variable must not look like a sidecar that is down. */
  #withSources(error: SecretStoreError, searched: readonly SourceReport[]): SecretStoreError {
    if (searched.length === 0) return error;
    const { message, code, kind, retryable, status } = error;
    return new CredentialsUnavailableError(
      `${message}\nLooked at before:${listOf(searched)}\n${this.#whatToSet}`,
      { code, kind, retryable, status, searchedSources: searched, cause: error },
    );
  }
}

function placeOf(place: CredentialPlace, settings: CheckedDiscoveryOptions): Place {
  const { keys, sharedKeys, secretNames, env, clock, component, dapr } = settings;
  const wanted = { secretNames, keys: [keys, sharedKeys] as const };
  if (place === 'environment') return environmentPlace(env, keys);
  if (place === 'dapr') {
    return daprPlace(daprStore({ ...dapr, env, component, clock }), wanted);
  }
  const { name } = place;
  const store = checkedStore(place.store, { name, clock, timeoutMs: settings.readTimeoutMs });
  return {
    ...storePlace(store, wanted, () => ({ place: name, alsoMissing: '' })),
    tooLate: (timeoutMs) => storeTooLate(name, timeoutMs),
  };
}

function whatToSet({ keys, secretNames: [secretName] }: DiscoverySettings): string {
  // A shell sets no other; Kubernetes and a `.env` file can.
  const isVariable = /^\w+$/.test(keys.clientId);
  const variables = isVariable
    ? `Set the environment variables ATLAN_${keys.clientId} and ATLAN_${keys.clientSecret}, or`
    : 'The name of the application makes no variables that a shell can set: use letters, digits, hyphens and underscores, or';
  return (
    `${variables} give the secret "${secretName}" the keys "${keys.clientId}" and "${keys.clientSecret}". ` +
    `"${keys.clientAssertionFile}" in place of the secret names a file with an assertion.`
  );
}

function listOf(searched: readonly SourceReport[]): string {
  return searched.map(({ source, found }) => `\n- ${source}: ${found}`).join('');
}
