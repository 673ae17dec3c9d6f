import {
  checkOptions,
  type DaprComponent,
  type DaprSidecar,
  type OptionNames,
  type ReadOptions,
  type Secret,
  type SecretStore,
  SingleFlight,
  checkText,
} from '@worker-auth/internal';
import { SecretStoreErrorCode } from '../errors.ts';
import { fieldOf, secretOf } from '../fields.ts';
import { nameOf } from '../named-setting.ts';
import { chooseComponent } from './choose-component.ts';
import { SecretFetchError, secretFetchError, SidecarError } from './errors.ts';
import { httpSidecar, type HttpSidecarOptions } from './http-sidecar.ts';
import { isPathSegment } from './path-segment.ts';
import { type SidecarWaitOptions, waitForSidecar } from './wait-for-sidecar.ts';

const defaultComponent = 'deployment-secret-store';

/** Options of {@link daprStore}. */
export interface DaprStoreOptions extends HttpSidecarOptions, SidecarWaitOptions {
  /** The component's name; default `WORKER_AUTH_SECRET_COMPONENT`, else `deployment-secret-store`. */
  readonly component?: string | undefined;
  /** Another way to the sidecar than HTTP; default {@link httpSidecar}. Excludes `endpoint` and `apiToken`. */
  readonly sidecar?: DaprSidecar | undefined;
}

const optionNames: OptionNames<DaprStoreOptions> = {
  component: checkText,
  sidecar: true,
  env: true,
  endpoint: checkText,
  apiToken: checkText,
  startupTimeoutMs: true,
  requestTimeoutMs: true,
  onWaiting: true,
  clock: true,
};

/** A {@link SecretStore} over a Dapr sidecar. */
export interface DaprStore extends SecretStore {
  /** The sidecar, with deadlines and a wait for its start. */
  readonly sidecar: DaprSidecar;
  /** The component's name, as it is set. */
  readonly configuredName: string;
  /**
   * The component that `get` reads. Found by the metadata API at first use, and remembered until `invalidate`, or
   * until the sidecar says that it is gone. That there is none is not remembered: the next call asks again.
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
 * @throws InvalidSettingError for a variable with an address, a token or a name that cannot be used
 * @throws TypeError for such a `component`, and when `sidecar` is given together with `endpoint` or `apiToken`
 */
export function daprStore(options: DaprStoreOptions = {}): DaprStore {
  checkOptions('daprStore', options, optionNames);
  return new ComponentStore(options);
}

/** `undefined` when the sidecar does not allow to ask for it. */
type ComponentList = readonly DaprComponent[] | undefined;

class ComponentStore implements DaprStore {
  readonly sidecar: DaprSidecar;
  readonly configuredName: string;
  readonly #listing = new SingleFlight<ComponentList>();
  #components: { readonly list: ComponentList } | undefined;
  #generation = 0;

  constructor(options: DaprStoreOptions) {
    const { sidecar, env, endpoint, apiToken } = options;
    if (sidecar !== undefined && (endpoint ?? apiToken) !== undefined) {
      throw new TypeError('Give either sidecar, or endpoint and apiToken: a sidecar knows its own address');
    }
    this.sidecar = waitForSidecar(sidecar ?? httpSidecar({ env, endpoint, apiToken }), options);
    this.configuredName = nameOf({
      option: 'component',
      given: options.component,
      // The last are those of the Python original, older and newer.
      variables: [
        'WORKER_AUTH_SECRET_COMPONENT',
        'ATLAN_DEPLOYMENT_SECRET_COMPONENT',
        'DEPLOYMENT_SECRET_STORE_NAME',
      ],
      env: env ?? process.env,
      fallback: defaultComponent,
      isUsable: isPathSegment,
    });
  }

  async component(options?: ReadOptions): Promise<DaprComponent> {
    return this.#pick(options, (list) => {
      // No list: the metadata API is not allowed. The configured name is then asked for as it is.
      if (list === undefined) return unseen(this.configuredName);
      const chosen = requireAddressable(chooseComponent(list, this.configuredName));
      const isAsked = chosen.name === this.configuredName || this.configuredName === defaultComponent;
      return isAsked ? chosen : { ...chosen, inPlaceOf: this.configuredName };
    });
  }

  async get(name: string, options?: ReadOptions): Promise<Secret | undefined> {
    return this.#readAgainWhenGone(name, options, () => this.component(options));
  }

  async getFrom(
    componentName: string,
    secretName: string,
    options?: ReadOptions,
  ): Promise<Secret | undefined> {
    const find = async (): Promise<DaprComponent> => {
      const byName = (list: ComponentList): DaprComponent | undefined =>
        list === undefined ? unseen(componentName) : list.find(({ name }) => name === componentName);
      return (await this.#pick(options, byName)) ?? unseen(componentName);
    };
    return this.#readAgainWhenGone(secretName, options, find);
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
      const componentType = component.type === '' ? undefined : component.type;
      const secret = await this.sidecar.getSecret(component.name, spelled, { ...options, componentType });
      if (secret === undefined || spelled === name) return secret;
      const value = fieldOf(secret, spelled);
      return value === undefined ? secret : secretOf({ [name]: value });
    } catch (error) {
      if (!(error instanceof SidecarError)) throw error;
      throw secretFetchError(component, spelled, error);
    }
  }

  /** Remembers the list only when `choose` found in it what it looked for: a component may be loaded later. */
  async #pick<T extends DaprComponent | undefined>(
    options: ReadOptions | undefined,
    choose: (list: ComponentList) => T,
  ): Promise<T> {
    if (this.#components !== undefined) {
      const remembered = choose(this.#components.list);
      if (remembered !== undefined) return remembered;
    }
    const generation = this.#generation;
    const list = await this.#listing.join((signal) => this.#askForList(signal), options?.signal);
    const chosen = choose(list);
    if (chosen !== undefined && generation === this.#generation) this.#components = { list };
    return chosen;
  }

  async #askForList(signal: AbortSignal): Promise<ComponentList> {
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
    (error.code === SecretStoreErrorCode.componentNotFound || error.code === SecretStoreErrorCode.noComponent)
  );
}

function unseen(name: string): DaprComponent {
  return { name, type: '' };
}

function requireAddressable(component: DaprComponent): DaprComponent {
  if (isPathSegment(component.name)) return component;
  throw new SidecarError(
    `The sidecar's secret store component is called ${JSON.stringify(component.name)}, which no request can name. ` +
      'Give it another name.',
    { code: SecretStoreErrorCode.componentNotFound },
  );
}

/** Names in Azure Key Vault are letters, digits and hyphens: an underscore is written as a hyphen there. */
function spellFor(component: DaprComponent, name: string): string {
  return component.type.toLowerCase() === 'secretstores.azure.keyvault' ? name.replaceAll('_', '-') : name;
}
