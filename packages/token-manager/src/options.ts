import type { ClientCredentials, CredentialSource } from '@worker-auth/internal';
import type { BackoffPolicy, Clock, OptionsOf, RefreshPolicy } from '@worker-auth/refresh-scheduler';
import type { BasicEncoding, ClientAssertion, ClientAuth } from './credentials/client-auth.ts';
import type { FetchLike } from './request/http-transport.ts';

/** Where the token endpoint is and what is asked of it. */
export interface TokenRequestOptions {
  /** The token endpoint. Default that of {@link issuer} or {@link metadataUrl}, else the one that the credentials name at each attempt. */
  readonly tokenUrl?: string | URL | undefined;
  /**
   * The issuer, whose metadata (RFC 8414, OpenID Connect Discovery) name the token endpoint, also that for client certificates, and how clients
   * authenticate. The URL of that document counts as its issuer. Not together with {@link tokenUrl}.
   */
  readonly issuer?: string | URL | undefined;
  /**
   * The whole URL of the metadata, in place of {@link issuer}, for a document that names another issuer, as those of Entra ID (version 1), Azure AD
   * B2C and Oracle do. The issuer in it is believed for nothing: {@link assertionAudience} has no default then.
   */
  readonly metadataUrl?: string | URL | undefined;
  /**
   * How the client authenticates. Default the first method that {@link issuer} offers for these credentials, in the order of {@link ClientAuth}; with
   * a {@link tokenUrl} `client_secret_post`. Not together with {@link clientAssertion}.
   */
  readonly clientAuth?: ClientAuth | undefined;
  /**
   * Encoding of id and secret in a Basic header: `form` as RFC 6749 section 2.3.1 says, or `raw` as RFC 7617 does, for a server
   * that does not decode. Default `form`.
   */
  readonly basicEncoding?: BasicEncoding | undefined;
  /** A JWT in place of a secret: `privateKeyJwt(…)`, `fileAssertion(…)`, or one that a platform issued. Default none. */
  readonly clientAssertion?: ClientAssertion | undefined;
  /**
   * The audience of assertions that are made here (`privateKeyJwt`): an issuer identifier, or `token-endpoint` for the URL of the token
   * endpoint, which servers of before RFC 10070 want. Default {@link issuer}, as its discovery document writes it.
   */
  readonly assertionAudience?: string | undefined;
  /** The `scope` parameter: text, or names to be joined by spaces. Default none; an empty one is not sent. */
  readonly scope?: string | readonly string[] | undefined;
  /** The `audience` parameter (Auth0, Hydra). Default none. */
  readonly audience?: string | undefined;
  /** The `resource` parameter, once for each (RFC 8707). Default none. */
  readonly resource?: string | readonly string[] | undefined;
  /** Further form fields, such as Auth0's `organization`. Those that this package sets itself are rejected. Default none. */
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  /**
   * How long a connection is waited for, and at first the whole response. After time-outs in a row a response is waited for three and six times as
   * long, until there is a success. A server that is slower than this is waited for half as long again as its last response took. Connecting is a
   * part of the response with a {@link fetch} of your own. Milliseconds. Default 10,000.
   */
  readonly timeoutMs?: number | undefined;
  /** Life of a token that states none: neither `expires_in` nor a JWT's `exp`. Milliseconds. Default 300,000. */
  readonly defaultLifetimeMs?: number | undefined;
  /** Sends the requests: for a private CA, a client certificate or a proxy. Default the host's `fetch`. */
  readonly fetch?: FetchLike | undefined;
  /** Allow `http:` to hosts other than this one. Default false. */
  readonly allowInsecureHttp?: boolean | undefined;
}

/** Settings of a `TokenManager`. */
export interface TokenManagerOptions extends TokenRequestOptions {
  /** The client's credentials, or what gives them. With a client assertion or certificate the id suffices. */
  readonly credentials: CredentialSource | ClientCredentials;
  /**
   * The longest that one attempt may take in all: reading the credentials, discovery, the request, and once more when the
   * client was rejected. Milliseconds. Default 60,000, and the longest response that {@link timeoutMs} allows: 120,000 in all.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * How often the credential source is read again while the server rejects the client, in milliseconds: a cheap read, which
   * finds a rotated secret. Default 5,000.
   */
  readonly credentialRereadMs?: number | undefined;
  /** When a token is refreshed. Default `defaultRefreshPolicy` of `@worker-auth/refresh-scheduler`. */
  readonly policy?: OptionsOf<RefreshPolicy> | undefined;
  /**
   * Whether tokens cost money or count against a quota of the month. Then three others are requested in place of good ones at once, one each 12 hours,
   * and one a day after the fifth, for whatever reason but a missing permission (`rejectedAs`), which brings none. Default false.
   */
  readonly metered?: boolean | undefined;
  /** How long to wait after a failure. Default `defaultBackoffPolicy` of `@worker-auth/refresh-scheduler`. */
  readonly backoff?: OptionsOf<BackoffPolicy> | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}
