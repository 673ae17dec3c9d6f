/** A new token is in hand, or after a failure the same one again. */
export interface TokenRefreshedEvent {
  /** 1 for the first token of this manager. */
  readonly tokenNumber: number;
  /** How long the token is good for, in milliseconds from the moment its request was sent. */
  readonly lifetimeMs: number;
  /** Milliseconds until the next refresh is due; when not started, until a caller's request sets one off. */
  readonly nextRefreshInMs: number;
  /** Where the credentials came from, as their source says. */
  readonly credentialsSource: string | undefined;
  /**
   * By how much this host's clock is ahead of the server's, in milliseconds; below 0 when it is behind, `undefined` when the response has no
   * `Date`. The life of the token does not depend on it.
   */
  readonly hostAheadMs?: number | undefined;
  /**
   * How many tokens in a row, the last before this one among them, somebody rejected (`rejectedToken`) with more than half of their life left. Where they
   * were accepted at first, another process that uses the same client has ended them: some servers keep one token a client. Default 0.
   */
  readonly rejectedEarly?: number | undefined;
  /**
   * The scopes that were asked for and that the server did not grant, as the `scope` of its response says (RFC 6749 section 3.3). The token is used all
   * the same. Default none.
   */
  readonly missingScopes?: readonly string[] | undefined;
}

/** A refresh failed; the old token, if it is good, is kept to its end. */
export interface RefreshFailedEvent {
  /** What `getToken` throws: a `TokenManagerError`, or what the credential source threw. */
  readonly error: unknown;
  /** How many attempts have failed in a row: 1 after the first. */
  readonly attempt: number;
  /** Milliseconds until the next request may leave; when started, until it does. */
  readonly retryInMs: number;
  /** What remains of the old token, in milliseconds; 0 when there is none. */
  readonly tokenRemainingMs: number;
  /** Whether the wait that the server asked for is longer than what remains of the token. */
  readonly retryAfterOutlivesToken: boolean;
}

/** The server rejected the client: the credential source was invalidated and is read again. */
export interface CredentialsRejectedEvent {
  readonly error: unknown;
  /** Where the rejected credentials came from, as their source says. */
  readonly source: string | undefined;
}

/** The token ended before a newer one had arrived; reported when started, and the manager keeps trying. */
export interface TokenExpiredEvent {
  readonly tokenNumber: number;
}

/** Credentials were asked for, before a request for a token. */
export interface CredentialsReadEvent {
  /** How long the source took, in milliseconds. */
  readonly durationMs: number;
  /** Where they came from, as their source says; `undefined` when it does not, or gave none. */
  readonly source: string | undefined;
  /** What the source threw, or what is wrong with what it gave; `undefined` when they can be used. */
  readonly error: unknown;
}

/** The token endpoint was asked for a token: an attempt, with the discovery of the endpoint and the client's assertion where there are such. */
export interface TokenRequestedEvent {
  /** Milliseconds until the whole response had arrived, or its deadline had come. */
  readonly durationMs: number;
  /** A TokenRequestError, or what the client assertion threw; `undefined` when there is a token. */
  readonly error: unknown;
}

/** The events of a token manager and what their listeners receive; no event carries a token. */
export interface TokenManagerEvents {
  readonly tokenRefreshed: TokenRefreshedEvent;
  readonly refreshFailed: RefreshFailedEvent;
  readonly credentialsRejected: CredentialsRejectedEvent;
  readonly tokenExpired: TokenExpiredEvent;
  readonly credentialsRead: CredentialsReadEvent;
  readonly tokenRequested: TokenRequestedEvent;
}
