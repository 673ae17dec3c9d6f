import type { Clock, Environment } from '@worker-auth/internal';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import type { FetchLike, TokenSource } from '@worker-auth/token-manager';
import type { Logger, TlsConfig } from '../temporal.ts';
import type { CredentialsOption } from './credentials.ts';

/** Options of all that has tokens. They win over the environment. */
export interface CommonOptions {
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
  /** Sends the token requests in place of this package: then {@link proxy} and {@link ca} are for Temporal alone. Default none. */
  readonly fetch?: FetchLike | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** All that may be said of credentials, whether it goes together or not. */
export interface AnyAuthOptions extends CommonOptions {
  /**
   * Names the application's credentials and its task queue: `postgres-extraction` has the keys `postgres_extraction_client_id` and so on. Default
   * `WORKER_AUTH_APPLICATION`, else none.
   */
  readonly applicationName?: string | undefined;
  /** Whether tokens are used at all. Default `WORKER_AUTH_ENABLED` and its like, else whether credentials are configured. */
  readonly authEnabled?: boolean | undefined;
  /** The token endpoint. Default that of the environment, else of the secret (`atlan_auth_url`). */
  readonly authUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** In place of the three above. */
  readonly credentials?: CredentialsOption | undefined;
}

/** TLS with a client certificate that rotates: whenever its files hold another one, all connections are moved to it. */
export interface RotatingTls extends CertificateFiles {
  /** The name that the server's certificate is for, where that is not the host. */
  readonly serverNameOverride?: string | undefined;
  readonly clientCertPair?: undefined;
  readonly serverRootCACertificate?: undefined;
}

/** Whether Temporal is reached over TLS, and with which certificates: Temporal's own, or files that are read again. */
export type TlsOptions =
  | boolean
  | (TlsConfig & Readonly<Partial<Record<keyof CertificateFiles, undefined>>>)
  | RotatingTls;

/** Options of a call that may wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where the tokens of a plugin come from. */
export type TokenOrigin =
  | {
      /** `clientSecret(…)`, `environment()` and so on, or a source of your own. Default `environment()`. */
      readonly credentials?: CredentialsOption | undefined;
      readonly tokens?: undefined;
    }
  | {
      /** Your own token source, in place of credentials; it refreshes them itself. Or `tokenFile(path)`. */
      readonly tokens: TokenSource;
      readonly credentials?: undefined;
    };

/** How Temporal is reached. */
export interface PlaceSettings extends CommonOptions {
  /** Temporal's host. Default that of `TEMPORAL_ADDRESS` and its like, else `localhost`. */
  readonly host?: string | undefined;
  /** Temporal's port. Default that of the variable that names the host, else 7233. */
  readonly port?: number | string | undefined;
  /** Temporal's namespace. Default `TEMPORAL_NAMESPACE` and its like, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * TLS to Temporal: true, certificates, or files with certificates that rotate (`{ certFile, keyFile, caFile }`). Default what the environment
   * says (`TEMPORAL_TLS` and its like), else the secret (`workflow_tls_enabled`), else true where a token leaves this host; false where
   * `ATLAN_TEMPORAL_HOST` or `ATLAN_WORKFLOW_HOST` names the address.
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The profile of Temporal's own configuration (`TEMPORAL_ADDRESS` and so on, over its TOML file): its name, true for the one of
   * `TEMPORAL_PROFILE`, or false for none. Needs `@temporalio/envconfig`. Default whether the environment has any of these but
   * `TEMPORAL_ADDRESS` and `TEMPORAL_NAMESPACE`, which need no package; nor do `TEMPORAL_API_KEY`, `TEMPORAL_TLS`, `TEMPORAL_TLS_SERVER_NAME`
   * and the paths of certificates.
   */
  readonly profile?: string | boolean | undefined;
  /** gRPC metadata of every call, copied. A key that carries authorization is a TypeError. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
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
