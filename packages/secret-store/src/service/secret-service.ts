import {
  checkOptions,
  checkRange,
  type Clock,
  isJsonObject,
  type OptionNames,
  type ReadOptions,
  type Secret,
  type SecretStore,
  systemClock,
  timerMs,
  withDeadline,
  throwIfAborted,
  checkMethods,
  checkText,
  checkObject,
} from '@worker-auth/internal';
import type { DaprStore } from '../dapr/dapr-store.ts';
import { secretFetchError } from '../dapr/errors.ts';
import { isDaprSecretName } from '../dapr/path-segment.ts';
import { SecretStoreErrorCode, StoreReadError } from '../errors.ts';
import { unwrap } from '../fields.ts';
import {
  defaultReadTimeoutMs,
  checkedStore,
  type InvalidatableStore,
  storeError,
  storeTooLate,
} from '../checked-store.ts';
import {
  type CredentialConfig,
  type CredentialConfigSource,
  CredentialConfigNotFoundError,
  configSettings,
  invalidConfig,
  mergeSecret,
  type ResolvedCredentials,
  stateStoreConfigs,
  substituteReferences,
} from './credential-config.ts';

const storeName = 'secret store';
const configsName = 'source of credential configurations';

/** Options of {@link SecretService}. */
export interface SecretServiceOptions {
  /** Any store: `daprStore()`, or one of one's own. */
  readonly store: SecretStore;
  /**
   * Where the configurations of credentials are; default the Dapr state store `statestore` of the store's sidecar. A store
   * that is not a `daprStore` needs one for `getCredentials`.
   */
  readonly credentialConfigs?: CredentialConfigSource | undefined;
  /** How long one read of a store or a source of one's own may take, in milliseconds; default 50,000. */
  readonly readTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const optionNames: OptionNames<SecretServiceOptions> = {
  store: true,
  credentialConfigs: true,
  readTimeoutMs: true,
  clock: true,
};

/** What {@link SecretService.getSecret} reads. */
export interface SecretRequest extends ReadOptions {
  /** The secret's name. */
  readonly secretKey: string;
  /** The Dapr component to read from; default the one that the store finds. */
  readonly component?: string | undefined;
}

/** Secrets and resolved credentials by name, for an application's own use (databases, APIs). */
export class SecretService {
  readonly #dapr: DaprStore | undefined;
  readonly #store: InvalidatableStore;
  readonly #configs: CredentialConfigSource | undefined;
  readonly #clock: Clock;
  readonly #readTimeoutMs: number;

  /**
   * Makes a service, which reads nothing before its first call.
   *
   * @throws RangeError for a `readTimeoutMs` that is not above 0 and at most 2^31-1
   */
  constructor(options: SecretServiceOptions) {
    checkOptions('SecretService', options, optionNames);
    checkMethods('store', options.store, 'get');
    const { store, credentialConfigs, readTimeoutMs = defaultReadTimeoutMs, clock } = options;
    checkRange('readTimeoutMs', readTimeoutMs, timerMs);
    this.#clock = clock ?? systemClock;
    this.#readTimeoutMs = readTimeoutMs;
    this.#dapr = isDaprStore(store) ? store : undefined;
    this.#store =
      this.#dapr ?? checkedStore(store, { name: storeName, clock: this.#clock, timeoutMs: readTimeoutMs });
    this.#configs = credentialConfigs ?? (this.#dapr && stateStoreConfigs({ sidecar: this.#dapr.sidecar }));
  }

  /**
   * The fields of a secret; those of the JSON object when the secret is one value that holds one.
   *
   * @throws SecretFetchError ("Failed to fetch secret using component …") when it is not there, or cannot be read; StoreReadError when
   *   the store is not Dapr's
   * @throws TypeError for a `component` when the store is not a `daprStore`
   */
  async getSecret(request: SecretRequest): Promise<Secret> {
    checkOptions('getSecret', request, { secretKey: checkText, component: checkText, signal: true });
    const { secretKey, component, signal } = request;
    const secret =
      component === undefined
        ? await this.#store.get(secretKey, { signal })
        : await this.#needDapr().getFrom(component, secretKey, { signal });
    if (secret !== undefined) return unwrap(secret, `secret "${secretKey}"`);
    const code = SecretStoreErrorCode.secretNotFound;
    if (this.#dapr === undefined) {
      throw new StoreReadError(`${storeName}: there is no secret "${secretKey}".`, { code });
    }
    const asked = component ?? (await this.#dapr.component({ signal })).name;
    const message = 'the component has no such secret.';
    throw secretFetchError({ name: asked }, secretKey, { message, code, status: undefined });
  }

  /**
   * The configuration of a credential with its secret put in: merged when its `credentialSource` is `direct` (or
   * missing), else substituted for the references to it. The secret is the configuration's `secret-path`, or has the
   * credential's id for a name.
   *
   * @throws CredentialConfigNotFoundError when there is no configuration of this id, InvalidCredentialConfigError when it cannot be used
   * @throws SecretFetchError or StoreReadError when the secret is not there, or cannot be read
   * @throws TypeError when the store is not a `daprStore` and there are no `credentialConfigs`
   */
  async getCredentials(credentialGuid: string, options: ReadOptions = {}): Promise<ResolvedCredentials> {
    checkObject('The options of getCredentials', options);
    const config = await this.#readConfig(credentialGuid, options.signal);
    if (config === undefined) {
      throw new CredentialConfigNotFoundError(
        `There is no configuration of the credential "${credentialGuid}".`,
        { code: SecretStoreErrorCode.credentialConfigNotFound },
      );
    }
    if (!isJsonObject(config)) throw invalidConfig(credentialGuid, 'is not a JSON object');
    const settings = configSettings.safeParse(config);
    if (!settings.success) {
      const names = settings.error.issues.map(({ path }) => path.join()).join(', ');
      throw invalidConfig(credentialGuid, `has no text in ${names}`);
    }
    const { credentialSource, 'secret-path': secretPath } = settings.data;
    if (secretPath !== undefined && this.#dapr !== undefined && !isDaprSecretName(secretPath)) {
      throw invalidConfig(
        credentialGuid,
        `has the secret-path "${secretPath}", which Dapr cannot be asked for`,
      );
    }
    const secret = await this.getSecret({ secretKey: secretPath ?? credentialGuid, signal: options.signal });
    return credentialSource === 'direct' ? mergeSecret(config, secret) : substituteReferences(config, secret);
  }

  /** Forgets what the store remembers: the Dapr component that was found, a cache. Secrets are not remembered here. */
  invalidate(): void {
    this.#store.invalidate();
  }

  async #readConfig(guid: string, signal: AbortSignal | undefined): Promise<CredentialConfig | undefined> {
    const configs = this.#configs;
    if (configs === undefined)
      throw new TypeError('getCredentials needs credentialConfigs, or a store made by daprStore()');
    const timeoutMs = this.#readTimeoutMs;
    const timeoutError = (): StoreReadError => storeTooLate(configsName, timeoutMs);
    try {
      const ask = (inner: AbortSignal): Promise<CredentialConfig | undefined> =>
        configs.get(guid, { signal: inner });
      return await withDeadline(ask, { clock: this.#clock, timeoutMs, signal, timeoutError });
    } catch (error) {
      throwIfAborted(signal);
      throw storeError(error, configsName);
    }
  }

  #needDapr(): DaprStore {
    if (this.#dapr === undefined) throw new TypeError('component needs a store made by daprStore()');
    return this.#dapr;
  }
}

function isDaprStore(store: SecretStore): store is DaprStore {
  return 'getFrom' in store && 'sidecar' in store;
}
