/**
 * The end of the `client_assertion_type` of a request: `jwt-bearer` (RFC 7523), or `jwt-spiffe` for a SPIFFE JWT-SVID
 * (draft-ietf-oauth-spiffe-client-auth).
 */
export type ClientAssertionType = 'jwt-bearer' | 'jwt-spiffe';

/** OAuth2 client credentials (RFC 6749 section 2.3.1), and where they are good for. */
export interface ClientCredentials {
  readonly clientId: string;
  /** The client secret; needed unless an assertion or a certificate stands for it. */
  readonly clientSecret?: string | undefined;
  /**
   * The path of a file that holds a JWT in place of the secret (RFC 7523 section 2.2), read again for each attempt. Not together with
   * {@link clientSecret}; ignored where the options have an assertion or a certificate. An empty one counts as none.
   */
  readonly clientAssertionFile?: string | undefined;
  /** The `client_assertion_type` of that JWT. Default `jwt-bearer`. */
  readonly clientAssertionType?: ClientAssertionType | undefined;
  /**
   * The token endpoint, used for this attempt where the options name neither a token endpoint nor an issuer. So a rotated URL is
   * followed. An empty one counts as none.
   */
  readonly tokenUrl?: string | undefined;
  /** Where they came from, for logs and error messages; never secret. */
  readonly source?: string | undefined;
}

/** Options of {@link CredentialSource.get}. */
export interface CredentialReadOptions {
  /** Ends the read; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the read, in whole milliseconds. A source that ends earlier can say in its error what it waited for. */
  readonly timeoutMs?: number | undefined;
}

/** Gives client credentials. The sources of `@worker-auth/secret-store` fit. */
export interface CredentialSource {
  /** The credentials; remembered by the source until {@link CredentialSource.invalidate}. */
  get(options?: CredentialReadOptions): Promise<ClientCredentials>;
  /** Makes the next {@link CredentialSource.get} read the store again: called when the server rejects the client. */
  invalidate(): void;
}
