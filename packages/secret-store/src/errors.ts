import { brandErrors } from '@worker-auth/internal';
import {
  kindOfCode,
  type OwnErrorCode,
  type SecretStoreErrorCode,
  type SecretStoreErrorKind,
} from './error-code.ts';

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

  constructor(message: string, details: SecretStoreErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.kind = details.kind ?? kindOfCode(details.code);
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
