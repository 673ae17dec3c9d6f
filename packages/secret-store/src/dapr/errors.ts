import { brandErrors, type DaprComponent } from '@worker-auth/internal';
import { networkErrorCode } from '@worker-auth/internal/network';
import { SecretStoreError, SecretStoreErrorCode, type SecretStoreErrorDetails } from '../errors.ts';

/** What a sidecar's failure is called. */
export type SidecarErrorCode = Extract<
  SecretStoreErrorCode,
  | 'SECRET_STORE_SIDECAR_UNAVAILABLE'
  | 'SECRET_STORE_SIDECAR_TIMEOUT'
  | 'SECRET_STORE_SIDECAR_UNREACHABLE'
  | 'SECRET_STORE_SIDECAR_NOT_READY'
  | 'SECRET_STORE_API_TOKEN_REJECTED'
  | 'SECRET_STORE_API_NOT_ALLOWED'
  | 'SECRET_STORE_ACCESS_DENIED'
  | 'SECRET_STORE_COMPONENT_NOT_FOUND'
  | 'SECRET_STORE_NO_COMPONENT'
  | 'SECRET_STORE_AMBIGUOUS_COMPONENT'
  | 'SECRET_STORE_BACKEND_FAILED'
  | 'SECRET_STORE_BACKEND_REJECTED'
  | 'SECRET_STORE_INVALID_RESPONSE'
  | 'SECRET_STORE_SECRET_NOT_FOUND'
>;

/** What a {@link SidecarError} knows beside its message. */
export interface SidecarErrorDetails extends SecretStoreErrorDetails {
  readonly code: SidecarErrorCode;
}

/** The Dapr sidecar did not give what was asked. `code` says why. */
export class SidecarError extends SecretStoreError {
  declare readonly code: SidecarErrorCode;

  /** Makes an error. `kind` and `retryable` are what the code says, unless they are given. The message is never secret. */
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor -- it narrows what the base class takes
  constructor(message: string, details: SidecarErrorDetails) {
    super(message, details);
  }
}

/** What a {@link SecretFetchError} knows beside its message. */
export interface SecretFetchErrorDetails extends SidecarErrorDetails {
  readonly component: string;
  readonly secretName: string;
}

/** A secret could not be read through a component. `code` and `kind` are those of what went wrong. */
export class SecretFetchError extends SidecarError {
  /** The Dapr component. */
  readonly component: string;
  /** The secret's name, as it was asked for. */
  readonly secretName: string;

  /** Makes an error that has the component and the name of the secret. `kind` and `retryable` are what the code says, unless they are given. */
  constructor(message: string, details: SecretFetchErrorDetails) {
    super(message, details);
    this.component = details.component;
    this.secretName = details.secretName;
  }
}

/** The sidecar has no secret store component to use. */
export class NoSecretStoreComponentError extends SidecarError {}

/** What an {@link AmbiguousSecretStoreError} knows beside its message. */
export interface AmbiguousSecretStoreErrorDetails extends SidecarErrorDetails {
  readonly candidates: readonly string[];
}

/** The sidecar has several secret store components, and none has the configured name. */
export class AmbiguousSecretStoreError extends SidecarError {
  /** The names to choose from. */
  readonly candidates: readonly string[];

  /** Makes an error that has the names to choose from. `kind` and `retryable` are what the code says, unless they are given. */
  constructor(message: string, details: AmbiguousSecretStoreErrorDetails) {
    super(message, details);
    this.candidates = details.candidates;
  }
}

brandErrors('secret-store', {
  SidecarError,
  SecretFetchError,
  NoSecretStoreComponentError,
  AmbiguousSecretStoreError,
});

/** The error of a failed read, in the words of the troubleshooting guide. */
export function secretFetchError(
  { name: component, inPlaceOf }: Pick<DaprComponent, 'name' | 'inPlaceOf'>,
  secretName: string,
  { message, code, status }: Pick<SidecarError, 'message' | 'code' | 'status'>,
): SecretFetchError {
  const missing =
    inPlaceOf === undefined ? '' : ` The configured component "${inPlaceOf}" is not among the sidecar's.`;
  return new SecretFetchError(
    `Failed to fetch secret using component "${component}": secret "${secretName}": ${message}${missing}`,
    { code, status, component, secretName },
  );
}

/**
 * The error for a request that got no response at all.
 *
 * @param error the transport's; it carries the request, token included, so only its code is taken over
 */
export function unreachable(address: string, error: unknown): SidecarError {
  const reason = networkErrorCode(error) ?? 'connection failed';
  const code = SecretStoreErrorCode.sidecarUnreachable;
  return new SidecarError(`No response from ${address} (${reason}).`, { code });
}

/** The error for a response that ended before it was whole. */
export function brokenOff(address: string, status?: number): SidecarError {
  return new SidecarError(`The response of ${address} broke off before its end.`, {
    code: SecretStoreErrorCode.invalidResponse,
    status,
  });
}
