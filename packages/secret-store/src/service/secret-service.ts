import type { DaprStore } from '../dapr/dapr-store.ts';
import { SecretFetchError } from '../dapr/errors.ts';
import { SecretStoreErrorCode } from '../errors.ts';
import { unwrap } from '../fields.ts';
import type { ReadOptions, Secret } from '../secret-store.ts';
import {
  type CredentialConfigSource,
  CredentialConfigNotFoundError,
  InvalidCredentialConfigError,
  stateStoreConfigs,
} from './credential-config.ts';
import {
  configSettings,
  mergeSecret,
  type ResolvedCredentials,
  substituteReferences,
} from './resolve-credentials.ts';

/** Options of {@link SecretService}. */
export interface SecretServiceOptions {
  readonly store: DaprStore;
  /** Where the configurations of credentials are; default the Dapr state store `statestore` of the same sidecar. */
  readonly credentialConfigs?: CredentialConfigSource | undefined;
}

/** What {@link SecretService.getSecret} reads. */
export interface SecretRequest extends ReadOptions {
  /** The secret's name. */
  readonly secretKey: string;
  /** The component to read from; default the one that the store finds. */
  readonly component?: string | undefined;
}

/** Secrets and resolved credentials by name, for an application's own use (databases, APIs). */
export class SecretService {
  readonly #store: DaprStore;
  readonly #configs: CredentialConfigSource;

  constructor(options: SecretServiceOptions) {
    this.#store = options.store;
    this.#configs = options.credentialConfigs ?? stateStoreConfigs({ sidecar: options.store.sidecar });
  }

  /**
   * The fields of a secret; those of the JSON object when the secret is one value that holds one.
   *
   * @throws SecretFetchError ("Failed to fetch secret using component …") when it is not there, or cannot be read
   */
  async getSecret({ secretKey, component, signal }: SecretRequest): Promise<Secret> {
    const secret =
      component === undefined
        ? await this.#store.get(secretKey, { signal })
        : await this.#store.getFrom(component, secretKey, { signal });
    if (secret !== undefined) return unwrap(secret, `secret "${secretKey}"`);
    const asked = component ?? (await this.#store.component({ signal })).name;
    throw new SecretFetchError(
      asked,
      secretKey,
      SecretStoreErrorCode.secretNotFound,
      'the component has no such secret.',
    );
  }

  /**
   * The configuration of a credential with its secret put in: merged when its `credentialSource` is `direct` (or
   * missing), else substituted for the references to it. The secret is the configuration's `secret-path`, or has the
   * credential's id for a name.
   *
   * @throws CredentialConfigNotFoundError when there is no configuration of this id
   * @throws SecretFetchError when the secret is not there, or cannot be read
   */
  async getCredentials(credentialGuid: string, options: ReadOptions = {}): Promise<ResolvedCredentials> {
    const config = await this.#configs.get(credentialGuid, options);
    if (config === undefined) throw new CredentialConfigNotFoundError(credentialGuid);
    const settings = configSettings.safeParse(config);
    if (!settings.success) {
      const names = settings.error.issues.map(({ path }) => path.join('.')).join(', ');
      throw new InvalidCredentialConfigError(credentialGuid, `has no text in ${names}`);
    }
    const secretKey = settings.data['secret-path'] ?? credentialGuid;
    const secret = await this.getSecret({ secretKey, signal: options.signal });
    return settings.data.credentialSource === 'direct'
      ? mergeSecret(config, secret)
      : substituteReferences(config, secret);
  }

  /** Forgets the component that was found. Secrets are not remembered. */
  invalidate(): void {
    this.#store.invalidate();
  }
}
