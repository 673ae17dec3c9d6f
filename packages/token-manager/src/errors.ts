import { brandErrors, budgetSpent } from '@worker-auth/internal';

/** Codes of {@link TokenManagerError}, stable across versions. */
export const TokenManagerErrorCode = {
  /** No connection to the authorization server, or it broke before the whole response had arrived. */
  unreachable: 'TOKEN_ENDPOINT_UNREACHABLE',
  /** No whole response within the deadline. */
  timedOut: 'TOKEN_REQUEST_TIMED_OUT',
  /** The server says that it cannot answer now: 408, 425, 5xx, `temporarily_unavailable`, `server_error`. */
  unavailable: 'TOKEN_ENDPOINT_UNAVAILABLE',
  /** The server asks for fewer requests: 429, `slow_down`. */
  throttled: 'TOKEN_REQUEST_THROTTLED',
  /** The server does not accept the client: `invalid_client`, `unauthorized_client`, 401. */
  clientRejected: 'TOKEN_CLIENT_REJECTED',
  /** The client is known, but may not have this token: `access_denied`, `invalid_grant`, 403. */
  denied: 'TOKEN_REQUEST_DENIED',
  /** The request is wrong for this server: `invalid_scope`, `invalid_target`, `invalid_request`, other 4xx; or it does not speak HTTP/1.1. */
  rejected: 'TOKEN_REQUEST_REJECTED',
  /** The server answered with a redirect, which would carry the secret elsewhere. */
  redirected: 'TOKEN_REQUEST_REDIRECTED',
  /** A success, but without a usable bearer token in it. */
  invalidResponse: 'TOKEN_RESPONSE_INVALID',
  /** The issuer's discovery document is missing, malformed or another issuer's. */
  discoveryFailed: 'TOKEN_ISSUER_DISCOVERY_FAILED',
  /** The credential source gave no usable client id, secret or token URL, none that the issuer takes, or a private key is none. */
  invalidCredentials: 'TOKEN_CREDENTIALS_INVALID',
  /** Neither the options nor the credentials say where the token endpoint is. */
  endpointUnknown: 'TOKEN_ENDPOINT_UNKNOWN',
  /** A file that is to hold a token or an assertion is not there, is none, may not be read, or holds something else. */
  fileUnreadable: 'TOKEN_FILE_UNREADABLE',
  /** Such a file is empty or half written, or what it holds has ended: it is to be written again. */
  fileNotReady: 'TOKEN_FILE_NOT_READY',
  /** The newest token cannot be written to its file. */
  fileUnwritable: 'TOKEN_FILE_UNWRITABLE',
  /** The server, or the file, gave again the token that is not wanted. */
  unchanged: 'TOKEN_UNCHANGED',
  /** No other token is requested now: several were, and were rejected too. */
  limited: 'TOKEN_REQUEST_LIMITED',
  /** The token manager, or the token sink, was stopped. */
  stopped: 'TOKEN_MANAGER_STOPPED',
} as const;

/** One of {@link TokenManagerErrorCode}. */
export type TokenManagerErrorCode = (typeof TokenManagerErrorCode)[keyof typeof TokenManagerErrorCode];

/**
 * Who has to act. `configuration`: settings of this client or of the server must change. `connectivity`: the server was not reached or cannot
 * answer now, or a file has nothing usable. `authentication`: the server answered and gave no token. `stopped`: nobody.
 */
export type TokenManagerErrorKind = 'configuration' | 'connectivity' | 'authentication' | 'stopped';

const Code = TokenManagerErrorCode;

/** The codes of each kind; all others are `configuration`. */
const codesOfKind: ReadonlyMap<TokenManagerErrorKind, readonly TokenManagerErrorCode[]> = new Map([
  ['connectivity', [Code.unreachable, Code.timedOut, Code.unavailable, Code.throttled, Code.fileNotReady]],
  ['authentication', [Code.clientRejected, Code.denied, Code.invalidResponse, Code.unchanged, Code.limited]],
  ['stopped', [Code.stopped]],
]);

/** The server answered, and may answer otherwise the next time; or a file is written again and again. */
const retryableCodes: readonly TokenManagerErrorCode[] = [
  Code.invalidResponse,
  Code.unchanged,
  Code.limited,
  Code.fileUnwritable,
];

/** What a {@link TokenManagerError} knows beside its message. */
export interface TokenManagerErrorOptions {
  readonly code: TokenManagerErrorCode;
  /** Default what the code says. */
  readonly retryable?: boolean | undefined;
}

/** Base of what this package throws, wrong arguments apart, which are a `TypeError` or a `RangeError`. */
export class TokenManagerError extends Error {
  override readonly name: string = 'TokenManagerError';
  readonly code: TokenManagerErrorCode;
  readonly kind: TokenManagerErrorKind;
  /** Whether the same request can succeed later with nothing changed. */
  readonly retryable: boolean;

  /**
   * Makes an error whose `kind` is what the code says.
   *
   * @param message a sentence that says what happened and what to do; never secret
   */
  constructor(message: string, { code, retryable }: TokenManagerErrorOptions) {
    super(message);
    this.code = code;
    const [kind] = [...codesOfKind].find(([, codes]) => codes.includes(code)) ?? ['configuration' as const];
    this.kind = kind;
    this.retryable = retryable ?? (kind === 'connectivity' || retryableCodes.includes(code));
  }
}

/** What a {@link TokenRequestError} knows beside its message. */
export interface TokenRequestErrorOptions extends TokenManagerErrorOptions {
  /** HTTP status of the response, when there was one. */
  readonly status?: number | undefined;
  /** The `error` of the response (RFC 6749 section 5.2), when it had one. */
  readonly oauthError?: string | undefined;
  /** The `error_description` of the response: `[redacted]` when it held a secret, at most 256 characters. */
  readonly description?: string | undefined;
  /** How long the server asks not to be called, in milliseconds, uncapped. */
  readonly retryAfterMs?: number | undefined;
  /** Milliseconds from the moment when this error was last thrown until the next request may leave. */
  readonly retryInMs?: number | undefined;
  /** The system's code of a connection that failed, such as `ECONNREFUSED`. */
  readonly networkCode?: string | undefined;
}

/**
 * A request to the authorization server that brought no token. It carries nothing of the request: no secret, no header
 * and no `cause`.
 */
export class TokenRequestError extends TokenManagerError {
  override readonly name = 'TokenRequestError';
  readonly status: number | undefined;
  readonly oauthError: string | undefined;
  readonly description: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly retryInMs: number | undefined;
  readonly networkCode: string | undefined;

  /**
   * Makes an error whose `kind` is what the code says. What is not given stays `undefined`.
   *
   * @param message a sentence that says what happened and what to do; never secret
   */
  constructor(message: string, options: TokenRequestErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.oauthError = options.oauthError;
    this.description = options.description;
    this.retryAfterMs = options.retryAfterMs;
    this.retryInMs = options.retryInMs;
    this.networkCode = options.networkCode;
  }
}

brandErrors('token-manager', { TokenManagerError, TokenRequestError });

/** Whether `error` says that the server does not accept the client, so that other credentials may help. */
export function isClientRejection(error: unknown): error is TokenRequestError {
  return error instanceof TokenRequestError && error.code === TokenManagerErrorCode.clientRejected;
}

/** Says in `error` when the next request may leave; errors of other packages stay as they are. */
export function setRetryIn(error: unknown, retryInMs: number): void {
  if (error instanceof TokenRequestError) Reflect.set(error, 'retryInMs', retryInMs);
}

/** What the caller who rejects a token gets instead of another one. */
export function limitedError(retryInMs: number): TokenRequestError {
  return new TokenRequestError(budgetSpent, { code: Code.limited, retryInMs: Math.ceil(retryInMs) });
}

/** The source gave the rejected token again: a server may give it from a cache. */
export function unchangedError(message: string): TokenRequestError {
  return new TokenRequestError(message, { code: TokenManagerErrorCode.unchanged });
}

/** The error of every call that needs a token source that was stopped. */
export function stoppedError(): TokenManagerError {
  return new TokenManagerError('The token source was stopped; create a new one to get tokens again', {
    code: TokenManagerErrorCode.stopped,
  });
}
