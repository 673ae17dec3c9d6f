import { brandErrors, type OptionsOf } from '@worker-auth/internal';
import type { CertificateErrorCode } from '@worker-auth/refresh-scheduler/certificate';
import type { SecretStoreErrorCode, SourceReport } from '@worker-auth/secret-store';
import type { TokenManagerErrorCode } from '@worker-auth/token-manager';

/**
 * The stable codes of this package's own errors; part of the public interface. An error that comes from the secret store
 * or the token manager keeps the code it has there.
 */
export const TemporalAuthErrorCode = {
  /** An option or an environment variable makes no sense. */
  settingRejected: 'TEMPORAL_AUTH_SETTING_REJECTED',
  /** A token was asked for while authentication is off. */
  switchedOff: 'TEMPORAL_AUTH_SWITCHED_OFF',
  /** Temporal answers, but has no such namespace. */
  namespaceUnknown: 'TEMPORAL_AUTH_NAMESPACE_UNKNOWN',
  /** A hook of Temporal's that cannot wait needs a token before there is one: `await auth.ready()` first. */
  notReady: 'TEMPORAL_AUTH_NOT_READY',
  /** `load()` has not succeeded yet. */
  notLoaded: 'TEMPORAL_AUTH_NOT_LOADED',
  /** `close()` while workers still use the connection. */
  workersRunning: 'TEMPORAL_AUTH_WORKERS_RUNNING',
  /** Supervised workers failed again and again; the last reason is the `cause`. */
  workerFailed: 'TEMPORAL_AUTH_WORKER_FAILED',
  /** A supervised worker was run a second time. */
  alreadyRunning: 'TEMPORAL_AUTH_ALREADY_RUNNING',
  /** Temporal cannot be reached, or does not answer in time. */
  temporalUnavailable: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
  /** TLS is set up wrongly, at either end: it is on at one alone, or the certificate does not fit. */
  tlsFailed: 'TEMPORAL_AUTH_TLS_FAILED',
  /** Temporal, or a proxy before it, rejects the token, or a call that has none. */
  callRejected: 'TEMPORAL_AUTH_CALL_REJECTED',
  /** Temporal accepts the token, which lacks the permission for the namespace. */
  permissionMissing: 'TEMPORAL_AUTH_PERMISSION_MISSING',
  /** A call was made while there was no valid token, and none came within its deadline. */
  noValidToken: 'TEMPORAL_AUTH_NO_VALID_TOKEN',
  /** A token source of one's own gave a token that no header can hold. */
  unusableToken: 'TEMPORAL_AUTH_UNUSABLE_TOKEN',
  /** A credential source of one's own failed with an error that does not say what it is. */
  credentialSourceFailed: 'TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED',
  /** A token source of one's own failed with an error that does not say what it is. */
  tokenSourceFailed: 'TEMPORAL_AUTH_TOKEN_SOURCE_FAILED',
  /** The client was closed or stopped; it is not used any more. */
  closed: 'TEMPORAL_AUTH_CLOSED',
} as const;

/** One of {@link TemporalAuthErrorCode}. */
export type TemporalAuthErrorCode = (typeof TemporalAuthErrorCode)[keyof typeof TemporalAuthErrorCode];

/** What `code` may be: of this package, of the packages below, or whatever a credential source of one's own has put there. */
export type AnyErrorCode =
  | TemporalAuthErrorCode
  | TokenManagerErrorCode
  | SecretStoreErrorCode
  | CertificateErrorCode
  | (string & Record<never, never>);

/** Base of every error of this package, wrong arguments apart; the message says what to do. */
export abstract class TemporalAuthError extends Error {
  /** Who has to act; each is a class of its own. */
  abstract readonly kind: 'configuration' | 'connectivity' | 'authentication' | 'stopped';
  /** Stable: one of {@link TemporalAuthErrorCode}, or the code of the error that this one stands for. */
  readonly code: AnyErrorCode;
  /** Whether the same call can succeed later with nothing changed on this side. */
  readonly retryable: boolean;
  /** HTTP status of the answer that brought no token, when there was one. */
  readonly status: number | undefined;
  /** Milliseconds from the moment the error was thrown until the next request for a token may leave, when that is known. */
  readonly retryInMs: number | undefined;
  /** The sources that were searched for credentials, in order, where none could be used. */
  readonly searchedSources: readonly SourceReport[] | undefined;

  /** Its `cause` is a typed error of another package of this suite, never a transport's, which would carry the request. */
  constructor(
    message: string,
    details: Pick<TemporalAuthError, 'code'> &
      OptionsOf<Pick<TemporalAuthError, 'retryable' | 'status' | 'retryInMs' | 'searchedSources' | 'cause'>>,
  ) {
    const { code, retryable = false, status, retryInMs, searchedSources, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
    this.status = status;
    this.retryInMs = retryInMs;
    this.searchedSources = searchedSources;
  }
}

/** Something that a person must set: a variable, a secret, a component, a namespace. */
export class ConfigurationError extends TemporalAuthError {
  readonly kind = 'configuration';
}

/** Something that cannot be reached or cannot answer now: the secret store, the OAuth server or Temporal. */
export class ConnectivityError extends TemporalAuthError {
  readonly kind = 'connectivity';
}

/** The OAuth server or Temporal answered, and said no. */
export class AuthenticationError extends TemporalAuthError {
  readonly kind = 'authentication';
}

/** The client was closed or stopped, before the call or while it went on: nothing is wrong, and nobody need do anything. */
export class StoppedError extends TemporalAuthError {
  readonly kind = 'stopped';
}

brandErrors('temporal-auth', {
  TemporalAuthError,
  ConfigurationError,
  ConnectivityError,
  AuthenticationError,
  StoppedError,
});
