/**
 * The stable codes of this package's own errors; part of the public interface. An error that comes from the secret store
 * or the token manager keeps the code it has there.
 */
export const TemporalAuthErrorCode = {
  /** An option or an environment variable is missing or makes no sense. */
  invalidConfiguration: 'INVALID_CONFIGURATION',
  /** Temporal answers, but has no such namespace. */
  namespaceNotFound: 'NAMESPACE_NOT_FOUND',
  /** `load()` has not succeeded yet, or `close()` was called. */
  clientNotLoaded: 'CLIENT_NOT_LOADED',
  /** `close()` while workers still use the connection. */
  workersRunning: 'WORKERS_RUNNING',
  /** Temporal cannot be reached or cannot answer. */
  temporalUnavailable: 'TEMPORAL_UNAVAILABLE',
  /** Temporal refuses the token. */
  tokenRefused: 'TOKEN_REFUSED',
  /** A call was made while there was no valid token. */
  noValidToken: 'NO_VALID_TOKEN',
} as const;

/** What all three kinds have in common. */
export interface TemporalAuthErrorOptions {
  /** One of {@link TemporalAuthErrorCode}, or the code of the error that this one wraps. */
  readonly code: string;
  /** Whether the same call can succeed later with nothing changed on this side. Default false. */
  readonly retryable?: boolean;
  /** The typed error of another package of this suite; never a transport's error, which would carry the request. */
  readonly cause?: unknown;
}

/** Base of every error of this package; the message says what to do. */
export abstract class TemporalAuthError extends Error {
  /** Stable: one of {@link TemporalAuthErrorCode}, or the code of the error in `cause`. */
  readonly code: string;
  /** Whether the same call can succeed later with nothing changed on this side. */
  readonly retryable: boolean;

  constructor(message: string, options: TemporalAuthErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
  }
}

/** Something that a person must set: a variable, a secret, a component, a namespace. */
export class ConfigurationError extends TemporalAuthError {}

/** Something that cannot be reached or cannot answer now: the secret store, the OAuth server or Temporal. */
export class ConnectivityError extends TemporalAuthError {}

/** The OAuth server or Temporal answered, and said no. */
export class AuthenticationError extends TemporalAuthError {}

const classOfKind = {
  configuration: ConfigurationError,
  connectivity: ConnectivityError,
  authentication: AuthenticationError,
} as const;

/** How the errors of the other packages, and those of a store or source of one's own, say what they are. */
interface KindOfError extends Error {
  readonly kind: keyof typeof classOfKind;
  readonly code: string;
  readonly retryable: boolean;
}

/**
 * The error of this package for one that has a `kind` (`configuration`, `connectivity` or `authentication`), a `code`
 * and `retryable`; any other value, an abort's reason for example, is returned as it is.
 */
export function byKind(error: unknown): unknown {
  if (error instanceof TemporalAuthError || !hasKind(error)) return error;
  const { message, code, retryable } = error;
  return new classOfKind[error.kind](message, { code, retryable, cause: error });
}

function hasKind(error: unknown): error is KindOfError {
  return (
    error instanceof Error &&
    'kind' in error &&
    Object.hasOwn(classOfKind, String(error.kind)) &&
    'code' in error &&
    typeof error.code === 'string' &&
    'retryable' in error &&
    typeof error.retryable === 'boolean'
  );
}
