import type { ConnectionOptions } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { Environment } from '@worker-auth/internal';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import type { DiscoverCredentialsOptions } from '@worker-auth/secret-store';
import type {
  ClientCredentials,
  CredentialReadOptions,
  CredentialSource,
  TokenManagerOptions,
  TokenSource,
} from '@worker-auth/token-manager';

// The types of programs without workers: nothing here names `@temporalio/worker`.

/** Client credentials, and what else a secret may say. */
export interface ApplicationCredentials extends ClientCredentials {
  /** Whether Temporal is reached over TLS, when the secret says so (`workflow_tls_enabled`). */
  readonly tlsEnabled?: boolean | undefined;
}

/**
 * Gives {@link ApplicationCredentials}; the sources of `@worker-auth/secret-store` fit. What it throws reaches the caller by its `kind`
 * (`configuration`, `connectivity` or `authentication`), `code` and `retryable`, where it has these.
 */
export interface ApplicationCredentialSource extends CredentialSource {
  get(options?: CredentialReadOptions): Promise<ApplicationCredentials>;
}

/** Options of an application whose name is known. */
export type NamedAuthOptions = AtlanAuthClientOptions & { readonly applicationName: string };

/** Settings of an `AtlanAuthClient`. Options win over the environment. */
export interface AtlanAuthClientOptions {
  /**
   * Names the application's credentials: `postgres-extraction` has the keys `postgres_extraction_client_id` and so on. Default
   * `ATLAN_APPLICATION_NAME`; there must be one of the two.
   */
  readonly applicationName?: string | undefined;
  /** Whether tokens are used at all. Default `ATLAN_WORKFLOW_AUTH_ENABLED` or `ATLAN_AUTH_ENABLED`, else false; then no other setting here is read. */
  readonly authEnabled?: boolean | undefined;
  /**
   * The token endpoint; not together with `tokenUrl` or `issuer` of {@link token}. Default `ATLAN_WORKFLOW_AUTH_URL` or `ATLAN_AUTH_URL`, else what the
   * secret says (`atlan_auth_url`).
   */
  readonly authUrl?: string | undefined;
  /**
   * A file that holds the token itself, such as a service account token that the kubelet projects: there is no OAuth server then, and no
   * credentials. It is read again when it is due, each 60 s at least, and at once after a refusal; of {@link token} the clock, `random` and
   * `defaultLifetimeMs` alone may stand beside it. Default none.
   */
  readonly tokenFile?: string | undefined;
  /**
   * Explicit client credentials win over discovery; give both or neither. With a client assertion or a client certificate (`clientAuth:
   * 'tls_client_auth'`) in {@link token} the id stands alone.
   */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Where the credentials come from instead of discovery: a secret back end of one's own. */
  readonly credentials?: ApplicationCredentialSource | undefined;
  /** How the credentials are discovered: component, secret name, sidecar, order. */
  readonly discovery?:
    Omit<DiscoverCredentialsOptions, 'applicationName' | 'clientId' | 'clientSecret' | 'env'> | undefined;
  /** How tokens are requested and renewed: scope, audience, client authentication, policy, clock; a provider's preset fits. */
  readonly token?: Omit<TokenManagerOptions, 'credentials'> | undefined;
  /**
   * The proxy to the token endpoint and to Temporal, `http://host:port` or `http://user:password@host:port`; false for none, whatever the environment
   * says. Default `HTTPS_PROXY`, else none. `NO_PROXY` names hosts that are reached directly; this host itself and a Dapr sidecar always are.
   */
  readonly proxy?: string | URL | false | undefined;
  /**
   * The certificates of the authorities that are trusted, and no others, in PEM form. Default those of the file that `SSL_CERT_FILE` names, else the
   * usual ones, and those of the file that `NODE_EXTRA_CA_CERTS` names. These two are read at once the first time, as Node.js reads the latter: Temporal's
   * hooks for connections cannot wait, so a mount that hangs blocks the process then.
   */
  readonly ca?: string | Uint8Array | undefined;
  /** Environment variables. Default `process.env`. */
  readonly env?: Environment | undefined;
  /**
   * Default: that of Temporal's Runtime, as soon as there is one, else to stderr from level INFO on. Never receives a secret; what it throws
   * is dropped.
   */
  readonly logger?: Logger | undefined;
}

/** TLS with a client certificate that rotates: whenever its files hold another one, all connections are moved to it. */
export interface RotatingTls extends CertificateFiles {
  /** The name that the server's certificate is for, where that is not the host. */
  readonly serverNameOverride?: string | undefined;
}

/** Whether Temporal is reached over TLS, and with which certificates: Temporal's own, or files that are read anew. */
export type TlsOptions = Exclude<ConnectionOptions['tls'], null | undefined> | RotatingTls;

/** Options of a call that may wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Settings of `temporalAuth` for connections and clients: all but those of workers. Options win over the environment. */
export interface ClientAuthOptions extends AtlanAuthClientOptions {
  /** Your own token source, in place of all settings about tokens; it renews them itself. Of {@link token} the clock alone is used then. */
  readonly tokens?: TokenSource | undefined;
  /** Temporal's host. Default `ATLAN_WORKFLOW_HOST`, else that of `TEMPORAL_ADDRESS`, else `localhost`. */
  readonly host?: string | undefined;
  /** Temporal's port. Default `ATLAN_WORKFLOW_PORT`, else that of `TEMPORAL_ADDRESS` where it names the host, else 7233. */
  readonly port?: number | string | undefined;
  /** Temporal's namespace. Default `ATLAN_WORKFLOW_NAMESPACE`, else `TEMPORAL_NAMESPACE`, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * TLS to Temporal: true, certificates, or files with certificates that rotate (`{ certFile, keyFile, caFile }`). Default: that of the profile,
   * else of the secret (`workflow_tls_enabled`), else false.
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The profile of Temporal's own configuration (`TEMPORAL_ADDRESS` and so on, over its TOML file) that gives what neither an option nor an
   * `ATLAN_WORKFLOW_…` variable says: its name, or true for the one of `TEMPORAL_PROFILE`, else `default`. Needs `@temporalio/envconfig`. Default
   * false.
   */
  readonly profile?: string | boolean | undefined;
  /** gRPC metadata of every call, copied. A key that carries authorization is a TypeError. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Other options of Temporal's client connection: `channelArgs`, `interceptors`, `callCredentials`, `credentials` (in place of {@link tls}),
   * `plugins`. Interceptors replace Temporal's retries, as they do there; the one that sets the token comes behind them. Of `channelArgs`,
   * `grpc.max_reconnect_backoff_ms` is 5,000 by default, where gRPC waits up to 2 minutes after an outage.
   */
  readonly connection?:
    Omit<ConnectionOptions, 'address' | 'apiKey' | 'metadata' | 'tls' | 'connectTimeout'> | undefined;
  /** How long Temporal may take to answer when a connection is opened. Milliseconds, above 0 and at most 2^31-1. Default 30,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long a start is repeated while the secret store, the OAuth server or Temporal cannot be reached. Wrong settings end it at once.
   * Milliseconds, at most 2^31-1; 0 for one attempt. Default 120,000.
   */
  readonly bootTimeoutMs?: number | undefined;
  /**
   * How long a start is repeated while Temporal rejects the token: one that is new may be accepted a little later, since clocks and key sets
   * lag. Milliseconds, at most 2^31-1; 0 for one attempt. Default 15,000.
   */
  readonly newTokenTimeoutMs?: number | undefined;
}
