import { SecretStoreErrorCode } from '../errors.ts';
import { fieldOf, secretOf } from '../fields.ts';
import type { ReadOptions, Secret, SecretStore } from '../secret-store.ts';
import { SingleFlight } from '../single-flight.ts';
import { chooseComponent } from './choose-component.ts';
import { SecretFetchError, SidecarError } from './errors.ts';
import { httpSidecar, type HttpSidecarOptions } from './http-sidecar.ts';
import { type PatienceOptions, patientSidecar } from './patient-sidecar.ts';
import type { DaprComponent, DaprSidecar } from './sidecar.ts';

const defaultComponent = 'deployment-secret-store';

/** Options of {@link daprStore}. */
export interface DaprStoreOptions extends HttpSidecarOptions, PatienceOptions {
  /** The component's name; default `ATLAN_DEPLOYMENT_SECRET_COMPONENT`, else `deployment-secret-store`. */
  readonly component?: string | undefined;
  /** Another way to the sidecar than HTTP; default {@link httpSidecar}. Excludes `endpoint` and `apiToken`. */
  readonly sidecar?: DaprSidecar | undefined;
}

/** A {@link SecretStore} over a Dapr sidecar. */
export interface DaprStore extends SecretStore {
  /** The sidecar, with deadlines and patience for its start. */
  readonly sidecar: DaprSidecar;
  /**
   * The component that `get` reads. Found by the metadata API at first use, and remembered until `invalidate`, or
   * until the sidecar says that it is gone.
   */
  component(options?: ReadOptions): Promise<DaprComponent>;
  /** Reads a secret from the component of this name, whatever the configured one is. */
  getFrom(componentName: string, secretName: string, options?: ReadOptions): Promise<Secret | undefined>;
  invalidate(): void;
}

/**
 * Secrets of a Dapr secret store component.
 *
 * `get` rejects with `SecretFetchError` when the component or its back end cannot answer, with
 * `NoSecretStoreComponentError` or `AmbiguousSecretStoreError` when there is no component to ask, and with
 * `SidecarError` when there is no sidecar.
 *
 * @throws InvalidConfigurationError for an address or a token that cannot be used
 * @throws TypeError when `sidecar` is given together with `endpoint` or `apiToken`
 */
export function daprStore(options: DaprStoreOptions = {}): DaprStore {
  return new ComponentStore(options);
}

class ComponentStore implements DaprStore {
  readonly sidecar: DaprSidecar;
  readonly #configuredName: string;
  readonly #listing = new SingleFlight<readonly DaprComponent[] | undefined>();
  #components: { readonly list: readonly DaprComponent[] | undefined } | undefined;
  #generation = 0;

  constructor(options: DaprStoreOptions) {
    const { sidecar, endpoint, apiToken } = options;
    if (sidecar !== undefined && (endpoint ?? apiToken) !== undefined) {
      throw new TypeError('Give either sidecar, or endpoint and apiToken: a sidecar knows its own address');
    }
    this.sidecar = patientSidecar(sidecar ?? httpSidecar(options), options);
    const env = options.env ?? process.env;
    const fromEnvironment = env['ATLAN_DEPLOYMENT_SECRET_COMPONENT'];
    this.#configuredName = options.component ?? (fromEnvironment || defaultComponent);
  }

  async component(options?: ReadOptions): Promise<DaprComponent> {
    const list = await this.#list(options);
    // No list: the metadata API is not allowed. The configured name is then asked for as it is.
    return list === undefined
      ? { name: this.#configuredName, type: '' }
      : chooseComponent(list, this.#configuredName);
  }

  async get(name: string, options?: ReadOptions): Promise<Secret | undefined> {
    return this.#readAgainWhenGone(name, options, () => this.component(options));
  }

  async getFrom(
    componentName: string,
    secretName: string,
    options?: ReadOptions,
  ): Promise<Secret | undefined> {
    return this.#readAgainWhenGone(secretName, options, async () => {
      const list = (await this.#list(options)) ?? [];
      return list.find(({ name }) => name === componentName) ?? { name: componentName, type: '' };
    });
  }

  invalidate(): void {
    this.#generation += 1;
    this.#components = undefined;
    this.#listing.forget();
  }

  /** A component that was remembered and is gone is looked for once more. */
  async #readAgainWhenGone(
    secretName: string,
    options: ReadOptions | undefined,
    find: () => Promise<DaprComponent>,
  ): Promise<Secret | undefined> {
    const wasRemembered = this.#components !== undefined;
    try {
      return await this.#read(await find(), secretName, options);
    } catch (error) {
      if (!isGone(error)) throw error;
      this.invalidate();
      if (!wasRemembered) throw error;
      return this.#read(await find(), secretName, options);
    }
  }

  async #read(
    component: DaprComponent,
    name: string,
    options: ReadOptions | undefined,
  ): Promise<Secret | undefined> {
    const spelled = spellFor(component, name);
    try {
      const secret = await this.sidecar.getSecret(component.name, spelled, options);
      if (secret === undefined || spelled === name) return secret;
      const value = fieldOf(secret, spelled);
      return value === undefined ? secret : secretOf({ [name]: value });
    } catch (error) {
      if (!(error instanceof SidecarError)) throw error;
      throw new SecretFetchError(component.name, spelled, error.code, error.message);
    }
  }

  async #list(options: ReadOptions | undefined): Promise<readonly DaprComponent[] | undefined> {
    if (this.#components !== undefined) return this.#components.list;
    const generation = this.#generation;
    const list = await this.#listing.join((signal) => this.#askForList(signal), options?.signal);
    if (generation === this.#generation) this.#components = { list };
    return list;
  }

  async #askForList(signal: AbortSignal): Promise<readonly DaprComponent[] | undefined> {
    try {
      return await this.sidecar.getComponents({ signal });
    } catch (error) {
      if (error instanceof SidecarError && error.code === SecretStoreErrorCode.apiNotAllowed)
        return undefined;
      throw error;
    }
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof SecretFetchError &&
    (error.code === SecretStoreErrorCode.componentNotFound ||
      error.code === SecretStoreErrorCode.noSecretStoreComponent)
  );
}

/** Names in Azure Key Vault are letters, digits and hyphens: an underscore is written as a hyphen there. */
function spellFor(component: DaprComponent, name: string): string {
  return component.type.toLowerCase() === 'secretstores.azure.keyvault' ? name.replaceAll('_', '-') : name;
}
