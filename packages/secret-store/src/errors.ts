/** The `code` of each {@link SecretStoreError}; part of the API. */
export const SecretStoreErrorCode = {
  /** No place has credentials of the application. */
  credentialsNotFound: 'CREDENTIALS_NOT_FOUND',
  /** A client id without a secret, or a secret without an id. */
  credentialsIncomplete: 'CREDENTIALS_INCOMPLETE',
  /** A secret or a file is there, and what it holds cannot be used. */
  secretInvalid: 'SECRET_INVALID',
  /** The secret changed while it was read, again and again. */
  secretChanging: 'SECRET_CHANGING',
  /** An environment variable of the configuration has a value that cannot be used. */
  configurationInvalid: 'CONFIGURATION_INVALID',
  /** The configuration of a credential is not there. */
  credentialConfigNotFound: 'CREDENTIAL_CONFIG_NOT_FOUND',
  /** A folder or file cannot be read. */
  folderUnreadable: 'FOLDER_UNREADABLE',
  /** The sidecar has no secret store component to use. */
  noSecretStoreComponent: 'NO_SECRET_STORE_COMPONENT',
  /** The sidecar has several secret store components, and none has the configured name. */
  ambiguousSecretStore: 'AMBIGUOUS_SECRET_STORE',
  /** No sidecar was ready within the start-up budget. */
  sidecarUnavailable: 'SIDECAR_UNAVAILABLE',
  /** The sidecar, or the back end behind it, did not answer in time. */
  sidecarTimeout: 'SIDECAR_TIMEOUT',
  /** The connection was refused or broke off. */
  sidecarUnreachable: 'SIDECAR_UNREACHABLE',
  /** The sidecar says that it is still starting. */
  sidecarNotReady: 'SIDECAR_NOT_READY',
  /** `DAPR_API_TOKEN` is missing or wrong. */
  apiTokenRejected: 'API_TOKEN_REJECTED',
  /** The sidecar's configuration (`spec.api`) does not allow this API. */
  apiNotAllowed: 'API_NOT_ALLOWED',
  /** The sidecar's secret scopes deny this secret. */
  accessDenied: 'ACCESS_DENIED',
  /** The sidecar has no component of this name. */
  componentNotFound: 'COMPONENT_NOT_FOUND',
  /** The back end behind the component failed. */
  backendFailed: 'BACKEND_FAILED',
  /** What answered does not speak Dapr's API. */
  invalidAnswer: 'INVALID_ANSWER',
  /** The store says that it has no such secret, where one had to be there. */
  secretNotFound: 'SECRET_NOT_FOUND',
} as const;

/** One of {@link SecretStoreErrorCode}. */
export type SecretStoreErrorCode = (typeof SecretStoreErrorCode)[keyof typeof SecretStoreErrorCode];

/**
 * What has to change for the read to succeed: `configuration` needs a person (a name, a key, a permission),
 * `connectivity` a store that answers.
 */
export type SecretStoreErrorKind = 'configuration' | 'connectivity';

/** Base of every error of this package. Holds no secret and no transport error, in no field and no `cause`. */
export abstract class SecretStoreError extends Error {
  readonly code: SecretStoreErrorCode;
  readonly kind: SecretStoreErrorKind;

  constructor(code: SecretStoreErrorCode, kind: SecretStoreErrorKind, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.kind = kind;
  }

  /** Whether the same call can succeed later with nothing changed. */
  get retryable(): boolean {
    return this.kind === 'connectivity';
  }
}

/** One place where credentials were looked for. */
export interface PlaceReport {
  /** For example `environment variables`, or `Dapr secret store component "deployment-secret-store"`. */
  readonly place: string;
  /** What was there: names of variables and keys, never values. */
  readonly found: string;
}

/** No place has credentials of the application. */
export class CredentialsNotFoundError extends SecretStoreError {
  readonly applicationName: string;
  /** Every place looked at, in order. */
  readonly looked: readonly PlaceReport[];

  constructor(applicationName: string, looked: readonly PlaceReport[], whatToSet: string) {
    super(
      SecretStoreErrorCode.credentialsNotFound,
      'configuration',
      `OAuth2 credentials not found for application "${applicationName}". Looked at:${listOf(looked)}\n${whatToSet}`,
    );
    this.applicationName = applicationName;
    this.looked = looked;
  }
}

/**
 * A place could not answer, after earlier ones had nothing: `code`, `kind` and message are those of the place's own error,
 * which is the `cause`, and the message goes on with what was looked at before.
 */
export class CredentialsUnavailableError extends SecretStoreError {
  /** The places looked at before, in order. */
  readonly looked: readonly PlaceReport[];

  constructor(cause: SecretStoreError, looked: readonly PlaceReport[], whatToSet: string) {
    super(cause.code, cause.kind, `${cause.message}\nLooked at before:${listOf(looked)}\n${whatToSet}`);
    this.cause = cause;
    this.looked = looked;
  }
}

/** Half a pair: a client id without a secret, or a secret without an id. Never a reason to look elsewhere. */
export class IncompleteCredentialsError extends SecretStoreError {
  constructor(place: string, present: string, missing: string) {
    super(
      SecretStoreErrorCode.credentialsIncomplete,
      'configuration',
      `OAuth2 credentials are incomplete: ${place} has ${present} but no ${missing}. Set both, or remove ${present}.`,
    );
  }
}

/** A secret is there, and what it holds cannot be used. Names the key, never the value. */
export class InvalidSecretError extends SecretStoreError {
  constructor(message: string) {
    super(SecretStoreErrorCode.secretInvalid, 'configuration', message);
  }
}

/** The secret changed at every attempt to read it. */
export class ChangingSecretError extends SecretStoreError {
  constructor(place: string, attempts: number) {
    super(
      SecretStoreErrorCode.secretChanging,
      'connectivity',
      `The credentials in ${place} changed during each of ${attempts} reads. Try again when the rotation is over.`,
    );
  }
}

/** An environment variable of the configuration has a value that cannot be used. */
export class InvalidConfigurationError extends SecretStoreError {
  constructor(variable: string, expected: string) {
    super(SecretStoreErrorCode.configurationInvalid, 'configuration', `${variable} must be ${expected}.`);
  }
}

/** A folder of secrets, or a file in it, cannot be read. */
export class FolderUnreadableError extends SecretStoreError {
  constructor(path: string, reason: string) {
    super(
      SecretStoreErrorCode.folderUnreadable,
      'configuration',
      `Cannot read ${path} (${reason}). Check the path, the volume mount and its permissions.`,
    );
  }
}

function listOf(looked: readonly PlaceReport[]): string {
  return looked.map(({ place, found }) => `\n- ${place}: ${found}`).join('');
}
