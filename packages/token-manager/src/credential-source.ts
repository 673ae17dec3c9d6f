/** OAuth2 client credentials (RFC 6749 section 2.3.1). */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where they came from, for logs and error messages; never secret. */
  readonly source?: string | undefined;
}

/**
 * Gives client credentials. Declared here so that this package needs no secret store; the sources of
 * `@worker-auth/secret-store` fit.
 */
export interface CredentialSource {
  /** The credentials; remembered by the source until {@link CredentialSource.invalidate}. */
  get(options?: { readonly signal?: AbortSignal | undefined }): Promise<ClientCredentials>;
  /** Makes the next {@link CredentialSource.get} read the store again: called when the server rejects the client. */
  invalidate(): void;
}
