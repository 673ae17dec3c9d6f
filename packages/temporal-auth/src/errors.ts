/**
 * The stable codes of {@link TemporalAuthError}; part of the public interface.
 *
 * Configuration: `INVALID_CONFIGURATION`, `CREDENTIALS_NOT_FOUND`, `NAMESPACE_NOT_FOUND`, `CLIENT_NOT_LOADED`,
 * `WORKERS_RUNNING`. Connectivity: `SECRET_STORE_UNAVAILABLE`, `AUTH_SERVER_UNAVAILABLE`, `TEMPORAL_UNAVAILABLE`.
 * Authentication: `CLIENT_REJECTED`, `TOKEN_RESPONSE_INVALID`, `TOKEN_REFUSED`.
 */
export const ErrorCode = {
  /** An option or an environment variable is missing or makes no sense. */
  InvalidConfiguration: 'INVALID_CONFIGURATION',
  /** No client credentials anywhere, or half a pair. */
  CredentialsNotFound: 'CREDENTIALS_NOT_FOUND',
  /** Temporal answers, but has no such namespace. */
  NamespaceNotFound: 'NAMESPACE_NOT_FOUND',
  /** `load()` has not succeeded yet, or `close()` was called. */
  ClientNotLoaded: 'CLIENT_NOT_LOADED',
  /** `close()` while workers still use the connection. */
  WorkersRunning: 'WORKERS_RUNNING',
  /** The secret store cannot be reached or cannot answer. */
  SecretStoreUnavailable: 'SECRET_STORE_UNAVAILABLE',
  /** The OAuth server cannot be reached or cannot answer. */
  AuthServerUnavailable: 'AUTH_SERVER_UNAVAILABLE',
  /** Temporal cannot be reached or cannot answer. */
  TemporalUnavailable: 'TEMPORAL_UNAVAILABLE',
  /** The OAuth server rejects the client credentials or the request. */
  ClientRejected: 'CLIENT_REJECTED',
  /** The OAuth server's answer holds no token that Temporal can use. */
  TokenResponseInvalid: 'TOKEN_RESPONSE_INVALID',
  /** Temporal refuses the token. */
  TokenRefused: 'TOKEN_REFUSED',
} as const;

/** One of the values of {@link ErrorCode}. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** What all three kinds have in common. */
export interface TemporalAuthErrorOptions {
  readonly code: ErrorCode;
  /** Whether the same call can succeed later with nothing changed on this side. Default false. */
  readonly retryable?: boolean;
  /** The typed error of another package of this suite; never a transport's error, which would carry the request. */
  readonly cause?: unknown;
}

/** Base of every error of this package; the message says what to do. */
export abstract class TemporalAuthError extends Error {
  /** Stable; see {@link ErrorCode}. */
  readonly code: ErrorCode;
  /** Whether the same call can succeed later with nothing changed on this side. */
  readonly retryable: boolean;

  constructor(message: string, options: TemporalAuthErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
  }
}

/** Something that an operator must set: a variable, a secret, a component, a namespace. */
export class ConfigurationError extends TemporalAuthError {}

/** Something that cannot be reached or cannot answer now: the secret store, the OAuth server or Temporal. */
export class ConnectivityError extends TemporalAuthError {}

/** The OAuth server or Temporal answered, and said no. */
export class AuthenticationError extends TemporalAuthError {}
