/** Options of {@link TokenSource.getToken}. */
export interface GetTokenOptions {
  /**
   * A token that somebody rejected: gives one that is not this. At once when the cached one is another already, else after one refresh that
   * all who reject it share. Until then, and when that fails, everybody else keeps the cached one. Default none.
   */
  readonly rejectedToken?: string | undefined;
  /**
   * What is known of {@link rejectedToken}. `revoked`: it had been accepted for a while, so another one is likely to help. `new`: no call accepted it.
   * `denied`: it is accepted in other calls, so a permission is missing. Default `revoked` for one that was there for 4 s before anybody rejected it, else
   * `new`.
   */
  readonly rejectedAs?: 'revoked' | 'new' | 'denied' | undefined;
  /** Ask the token endpoint even though the cached token is good; joined with a request in flight. Default false. */
  readonly forceRefresh?: boolean | undefined;
  /** Ends this caller's wait; the request goes on for the other callers. */
  readonly signal?: AbortSignal | undefined;
}

/** Gives access tokens. Implement it to plug in a grant that this package does not have. */
export interface TokenSource {
  /** A valid access token: the cached one, or a new one when there is none, or when it is the one that is not wanted. */
  getToken(options?: GetTokenOptions): Promise<string>;
  /**
   * The cached token, or `undefined` when there is none or its life has ended. Synchronous and free of I/O: Temporal's
   * client connection reads it on every RPC.
   */
  peek(): string | undefined;
  /**
   * Calls `listener` with each new token from now on: Temporal's native connection needs each one.
   *
   * @returns ends the subscription
   */
  subscribe(listener: (token: string) => void): () => void;
}
