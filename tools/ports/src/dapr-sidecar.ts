import type { ReadOptions, Secret } from './secret-store.ts';

/** A component that a sidecar has loaded. */
export interface DaprComponent {
  readonly name: string;
  /** For example `secretstores.azure.keyvault`. */
  readonly type: string;
  /** The name that is configured and that the sidecar does not have, where this one, the only other, was chosen in its place. */
  readonly inPlaceOf?: string | undefined;
}

/** Options of one read of a secret. */
export interface SecretReadOptions extends ReadOptions {
  /** The component's type, where it is known: how its back end says that there is no such secret. */
  readonly componentType?: string | undefined;
}

/**
 * What is asked of a Dapr sidecar. The port to implement for another way to reach one; `httpSidecar` and
 * `daprClientSidecar` of `@worker-auth/secret-store/dapr-sdk` are the two adapters here.
 *
 * An adapter asks once: no retries and no deadline of its own. All methods reject with `SidecarError`, or with the
 * signal's reason.
 */
export interface DaprSidecar {
  /** Where the sidecar is, for error messages: `http://127.0.0.1:3500`. */
  readonly address: string;
  /** Whether its components are loaded (`GET /v1.0/healthz/outbound`). */
  isReady(options?: ReadOptions): Promise<boolean>;
  /** The components that it has loaded, in its order (`GET /v1.0/metadata`). */
  getComponents(options?: ReadOptions): Promise<readonly DaprComponent[]>;
  /** The fields of a secret, or `undefined` when there is none (`GET /v1.0/secrets/{component}/{name}`). */
  getSecret(component: string, name: string, options?: SecretReadOptions): Promise<Secret | undefined>;
  /** The value of a key, or `undefined` when there is none (`GET /v1.0/state/{store}/{key}`). */
  getState(store: string, key: string, options?: ReadOptions): Promise<unknown>;
}
