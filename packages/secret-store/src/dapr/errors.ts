import { SecretStoreError, SecretStoreErrorCode, type SecretStoreErrorKind } from '../errors.ts';

/** What a sidecar's failure is called. */
export type SidecarErrorCode = Extract<
  SecretStoreErrorCode,
  | 'SIDECAR_UNAVAILABLE'
  | 'SIDECAR_TIMEOUT'
  | 'SIDECAR_UNREACHABLE'
  | 'SIDECAR_NOT_READY'
  | 'API_TOKEN_REJECTED'
  | 'API_NOT_ALLOWED'
  | 'ACCESS_DENIED'
  | 'COMPONENT_NOT_FOUND'
  | 'NO_SECRET_STORE_COMPONENT'
  | 'BACKEND_FAILED'
  | 'INVALID_ANSWER'
  | 'SECRET_NOT_FOUND'
>;

const kinds: Readonly<Record<SidecarErrorCode, SecretStoreErrorKind>> = {
  SIDECAR_UNAVAILABLE: 'connectivity',
  SIDECAR_TIMEOUT: 'connectivity',
  SIDECAR_UNREACHABLE: 'connectivity',
  SIDECAR_NOT_READY: 'connectivity',
  BACKEND_FAILED: 'connectivity',
  INVALID_ANSWER: 'connectivity',
  API_TOKEN_REJECTED: 'configuration',
  API_NOT_ALLOWED: 'configuration',
  ACCESS_DENIED: 'configuration',
  COMPONENT_NOT_FOUND: 'configuration',
  NO_SECRET_STORE_COMPONENT: 'configuration',
  SECRET_NOT_FOUND: 'configuration',
};

/** The Dapr sidecar did not give what was asked. `code` says why. */
export class SidecarError extends SecretStoreError {
  declare readonly code: SidecarErrorCode;

  constructor(code: SidecarErrorCode, message: string) {
    super(code, kinds[code], message);
  }
}

/** A secret could not be read through a component. `code` and `kind` are those of what went wrong. */
export class SecretFetchError extends SidecarError {
  /** The Dapr component. */
  readonly component: string;
  /** The secret's name, as it was asked for. */
  readonly secretName: string;

  constructor(component: string, secretName: string, code: SidecarErrorCode, reason: string) {
    super(code, `Failed to fetch secret using component "${component}": secret "${secretName}": ${reason}`);
    this.component = component;
    this.secretName = secretName;
  }
}

/** The sidecar has no secret store component to use. */
export class NoSecretStoreComponentError extends SidecarError {
  constructor(configuredName: string, builtIn: boolean) {
    super(
      SecretStoreErrorCode.noSecretStoreComponent,
      'No secret store components found. Load a component of a type that starts with "secretstores." and call it ' +
        `"${configuredName}"` +
        (builtIn ? ', or name the built-in "kubernetes" store with ATLAN_DEPLOYMENT_SECRET_COMPONENT.' : '.'),
    );
  }
}

/** The sidecar has several secret store components, and none has the configured name. */
export class AmbiguousSecretStoreError extends SecretStoreError {
  /** The names to choose from. */
  readonly candidates: readonly string[];

  constructor(configuredName: string, candidates: readonly string[]) {
    super(
      SecretStoreErrorCode.ambiguousSecretStore,
      'configuration',
      `The sidecar has no secret store component "${configuredName}", and several others: ` +
        `${candidates.map((name) => `"${name}"`).join(', ')}. ` +
        'Set ATLAN_DEPLOYMENT_SECRET_COMPONENT to the one to use.',
    );
    this.candidates = candidates;
  }
}
