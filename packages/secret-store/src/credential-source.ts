import type { ClientAssertionType, ReadOptions } from '@worker-auth/internal';

export type { ClientAssertionType };

/** OAuth2 client credentials (RFC 6749 section 2.3.1), and where they were found. */
export interface ClientCredentials {
  readonly clientId: string;
  /** `undefined` where an assertion stands for it. */
  readonly clientSecret?: string | undefined;
  /** The path of a file that holds a JWT in place of the secret (RFC 7523 section 2.2), to be read for each request. */
  readonly clientAssertionFile?: string | undefined;
  /** The `client_assertion_type` of that JWT: `jwt-bearer` (RFC 7523, the default) or `jwt-spiffe` for a SPIFFE JWT-SVID. */
  readonly clientAssertionType?: ClientAssertionType | undefined;
  /** Where they came from, for logs and error messages: for example `environment variables ATLAN_…`; never secret. */
  readonly source: string;
  /** The token endpoint, when the secret names one (`atlan_auth_url`), and that of an Azure workload identity. */
  readonly tokenUrl?: string | undefined;
  /** Whether Temporal is reached over TLS, when the secret says so (`workflow_tls_enabled`). */
  readonly tlsEnabled?: boolean | undefined;
}

/** Options of {@link CredentialSource.get}. */
export interface CredentialReadOptions extends ReadOptions {
  /**
   * How long it may take, in milliseconds, above 0 and at most 2^31-1; after that the error says what was waited for. Default: as long as the
   * stores take, which have limits of their own.
   */
  readonly timeoutMs?: number | undefined;
}

/** Gives client credentials. What `@worker-auth/token-manager` asks for them. */
export interface CredentialSource {
  /**
   * The credentials, read from their store at the first call and remembered.
   *
   * @throws when there are none, when one half of them is empty, or when a store cannot answer
   */
  get(options?: CredentialReadOptions): Promise<ClientCredentials>;
  /** Forgets what is remembered, so that the next {@link CredentialSource.get} reads the store again: rotation. */
  invalidate(): void;
}
