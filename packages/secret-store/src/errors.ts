import { brandErrors } from '@worker-auth/internal';

/** The `code` of each error of this package; part of the API. */
export const SecretStoreErrorCode = {
  /** No place has credentials of the application. */
  credentialsNotFound: 'SECRET_STORE_CREDENTIALS_NOT_FOUND',
  /** A client id without a secret, or a secret without an id. */
  credentialsIncomplete: 'SECRET_STORE_CREDENTIALS_INCOMPLETE',
  /** A secret or a file exists, and what it holds cannot be used. */
  secretInvalid: 'SECRET_STORE_SECRET_INVALID',
  /** The secret changed while it was read, again and again. */
  secretChanging: 'SECRET_STORE_SECRET_CHANGING',
  /** The store says that it has no such secret, where one had to be there. */
  secretNotFound: 'SECRET_STORE_SECRET_NOT_FOUND',
  /** A setting, or the environment variable behind it, has a value that cannot be used. */
  settingInvalid: 'SECRET_STORE_SETTING_INVALID',
  /** The configuration of a credential is not there. */
  credentialConfigNotFound: 'SECRET_STORE_CREDENTIAL_CONFIG_NOT_FOUND',
  /** A folder or file cannot be read. */
  folderUnreadable: 'SECRET_STORE_FOLDER_UNREADABLE',
  /** A store of one's own failed, and its error does not say how. */
  storeFailed: 'SECRET_STORE_FAILED',
  /** A store of one's own did not answer in time. */
  storeTimeout: 'SECRET_STORE_TIMEOUT',
  /** The sidecar has no secret store component to use. */
  noComponent: 'SECRET_STORE_NO_COMPONENT',
  /** The sidecar has several secret store components, and none has the configured name. */
  ambiguousComponent: 'SECRET_STORE_AMBIGUOUS_COMPONENT',
  /** The sidecar has no component of this name. */
  componentNotFound: 'SECRET_STORE_COMPONENT_NOT_FOUND',
  /** No sidecar was ready within the start-up budget. */
  sidecarUnavailable: 'SECRET_STORE_SIDECAR_UNAVAILABLE',
  /** The sidecar, or the back end behind it, did not answer in time. */
  sidecarTimeout: 'SECRET_STORE_SIDECAR_TIMEOUT',
  /** The connection was refused or broke off. */
  sidecarUnreachable: 'SECRET_STORE_SIDECAR_UNREACHABLE',
  /** The sidecar says that it is still starting. */
  sidecarNotReady: 'SECRET_STORE_SIDECAR_NOT_READY',
  /** `DAPR_API_TOKEN` is missing or wrong. */
  apiTokenRejected: 'SECRET_STORE_API_TOKEN_REJECTED',
  /** The sidecar's configuration (`spec.api`) does not allow this API. */
  apiNotAllowed: 'SECRET_STORE_API_NOT_ALLOWED',
  /** The sidecar's secret scopes, or the rights that it has at the back end, deny this secret. */
  accessDenied: 'SECRET_STORE_ACCESS_DENIED',
  /** The back end behind the component says that it is asked wrongly: no account, no such project, a bad name. */
  backendRejected: 'SECRET_STORE_BACKEND_REJECTED',
  /** The back end behind the component failed. */
  backendFailed: 'SECRET_STORE_BACKEND_FAILED',
  /** What answered does not speak Dapr's API, or gave something that is no secret. */
  invalidResponse: 'SECRET_STORE_INVALID_RESPONSE',
} as const;

/** One of {@link SecretStoreErrorCode}. */
export type SecretStoreErrorCode = (typeof SecretStoreErrorCode)[keyof typeof SecretStoreErrorCode];

/** A code that a store of one's own gave its error; see `StoreReadError`. */
export type OwnErrorCode = string & Record<never, never>;

/**
 * What has to change for the read to succeed: `configuration` needs a person (a name, a key, a permission),
 * `connectivity` a store that answers. `authentication` comes from stores of one's own alone: the store was reached and said no.
 */
export type SecretStoreErrorKind = 'configuration' | 'connectivity' | 'authentication';

const connectivityCodes: ReadonlySet<string> = new Set([
  SecretStoreErrorCode.secretChanging,
  SecretStoreErrorCode.storeFailed,
  SecretStoreErrorCode.storeTimeout,
  SecretStoreErrorCode.sidecarUnavailable,
  SecretStoreErrorCode.sidecarTimeout,
  SecretStoreErrorCode.sidecarUnreachable,
  SecretStoreErrorCode.sidecarNotReady,
  SecretStoreErrorCode.backendFailed,
  SecretStoreErrorCode.invalidResponse,
]);

/** A source that was searched for credentials. */
export interface SourceReport {
  /** For example `environment variables`, or `Dapr secret store component "deployment-secret-store"`. */
  readonly source: string;
  /** What it had: names of variables and keys, never values. */
  readonly found: string;
}

/** What an error of this package knows beside its message. */
export interface SecretStoreErrorDetails {
  readonly code: SecretStoreErrorCode | OwnErrorCode;
  /** Default: what the code says. */
  readonly kind?: SecretStoreErrorKind | undefined;
  /** Whether the same call can succeed later with nothing changed. Default: when the kind is `connectivity`. */
  readonly retryable?: boolean | undefined;
  /** HTTP status of the response, where one came. */
  readonly status?: number | undefined;
  /** The sources that were searched, in order. Default none. */
  readonly searchedSources?: readonly SourceReport[] | undefined;
  /** The error that this one explains; never a transport's. */
  readonly cause?: SecretStoreError | undefined;
}

/** Base of every error of this package. Holds no secret and no transport error, in no field and no `cause`. */
export abstract class SecretStoreError extends Error {
  /** Stable. One of {@link SecretStoreErrorCode}, or what a store of one's own said. */
  readonly code: SecretStoreErrorCode | OwnErrorCode;
  readonly kind: SecretStoreErrorKind;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
  /** HTTP status of the response, where one came. */
  readonly status: number | undefined;
  /** The sources that were searched before, in order; empty when there were none. */
  readonly searchedSources: readonly SourceReport[];

  /**
   * Makes an error. `kind` and `retryable` are what the code says, unless they are given.
   *
   * @param message a sentence that says what happened and what to do; never secret
   */
  constructor(message: string, details: SecretStoreErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.kind = details.kind ?? (connectivityCodes.has(details.code) ? 'connectivity' : 'configuration');
    this.retryable = details.retryable ?? this.kind === 'connectivity';
    this.status = details.status;
    this.searchedSources = details.searchedSources ?? [];
  }
}

/** No source has credentials of the application; `searchedSources` lists all of them. */
export class CredentialsNotFoundError extends SecretStoreError {}

/**
 * A source could not answer, or has credentials that cannot be used, after earlier sources had none. `code`, `kind`, `retryable`
 * and message are those of its own error, which is the `cause`; `searchedSources` lists the sources before it.
 */
export class CredentialsUnavailableError extends SecretStoreError {}

/** Half a pair: a client id without a secret, or a secret without an id. Never a reason to look elsewhere. */
export class IncompleteCredentialsError extends SecretStoreError {}

/** A secret exists, and what it holds cannot be used. Names the key, never the value. */
export class InvalidSecretError extends SecretStoreError {}

/** The secret changed at every attempt to read it. */
export class ChangingSecretError extends SecretStoreError {}

/** A setting, or the environment variable behind it, has a value that cannot be used. */
export class InvalidSettingError extends SecretStoreError {}

/** A folder of secrets, or a file in it, cannot be read. */
export class FolderUnreadableError extends SecretStoreError {}

/**
 * A store of one's own failed. An error of the store that has a `kind`, a `code` and `retryable` hands them on; any other one is
 * `SECRET_STORE_FAILED`, of kind `connectivity`. Only the text of its message is taken over, without what looks like a token.
 */
export class StoreReadError extends SecretStoreError {}

brandErrors('secret-store', {
  SecretStoreError,
  CredentialsNotFoundError,
  CredentialsUnavailableError,
  IncompleteCredentialsError,
  InvalidSecretError,
  ChangingSecretError,
  InvalidSettingError,
  FolderUnreadableError,
  StoreReadError,
});
