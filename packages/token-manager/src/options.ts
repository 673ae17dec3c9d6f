import {
  checkBoolean,
  checkFunction,
  checkOptions,
  checkOrder,
  checkRange,
  type ClientCredentials,
  type CredentialSource,
  isJsonObject,
  timerMs,
} from '@worker-auth/internal';
import {
  type BackoffPolicy,
  type Clock,
  type OptionsOf,
  type RefreshPolicy,
  resolveBackoffPolicy,
  resolveRefreshPolicy,
  systemClock,
} from '@worker-auth/refresh-scheduler';
import type { RefreshSettings } from './attempts.ts';
import {
  type BasicEncoding,
  type ClientAssertion,
  type ClientAuth,
  type ClientAuthMethod,
  usesSecret,
} from './client-auth.ts';
import { CredentialReader, readCredentials } from './credential-reader.ts';
import { resolveAudience, resolveClientAuth } from './client-auth-options.ts';
import type { FetchLike } from './http-transport.ts';
import { tokenManagerOptions } from './option-names.ts';
import { requestForm } from './request-form.ts';
import { readTokenUrl } from './token-url.ts';

/** Where the token endpoint is and what is asked of it. */
export interface TokenRequestOptions {
  /** The token endpoint. Default that of {@link issuer}, else the one that the credentials name at each attempt. */
  readonly tokenUrl?: string | URL | undefined;
  /**
   * The issuer, whose metadata (RFC 8414, OpenID Connect Discovery) name the token endpoint, also that for client certificates, and how clients
   * authenticate. Not together with {@link tokenUrl}.
   */
  readonly issuer?: string | URL | undefined;
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
  /** One deadline over connecting, headers and body of a request, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** After a time-out the next deadline is half as long again, up to this, in milliseconds. Default 20,000, and no less than {@link timeoutMs}. */
  readonly maxTimeoutMs?: number | undefined;
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
   * client was rejected. Milliseconds. Default 60,000.
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
   * Whether tokens cost money or count against a quota of the month: then three others are requested in place of good ones at once and one each 12 hours,
   * not one each 30 s, and none for a missing permission (`rejectedAs`). Default false.
   */
  readonly metered?: boolean | undefined;
  /** How long to wait after a failure. Default `defaultBackoffPolicy` of `@worker-auth/refresh-scheduler`. */
  readonly backoff?: OptionsOf<BackoffPolicy> | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** {@link TokenRequestOptions}, checked and with defaults. */
export interface TokenEndpointSettings {
  readonly tokenUrl: URL | undefined;
  readonly issuer: URL | undefined;
  /** `undefined`: as the issuer offers, or the endpoint of old takes. */
  readonly clientAuth: ClientAuthMethod | undefined;
  readonly assertionAudience: string | undefined;
  /** The form apart from grant type and client authentication. */
  readonly form: readonly [name: string, value: string][];
  readonly timeoutMs: number;
  readonly maxTimeoutMs: number;
  readonly defaultLifetimeMs: number;
  readonly fetch: FetchLike | undefined;
  readonly allowInsecureHttp: boolean;
}

/** {@link TokenManagerOptions}, checked and with defaults. */
export interface TokenManagerSettings extends RefreshSettings {
  readonly endpoint: TokenEndpointSettings;
  readonly credentials: CredentialReader;
  readonly credentialRereadMs: number;
  readonly metered: boolean;
}

/**
 * Checks the options of a token manager and fills in the defaults.
 *
 * @throws TypeError for options that are missing or contradict each other, RangeError for a number outside its range
 */
export function resolveOptions(options: TokenManagerOptions): TokenManagerSettings {
  checkOptions('TokenManager', options, tokenManagerOptions);
  const attemptTimeoutMs = options.attemptTimeoutMs ?? 60_000;
  const credentialRereadMs = options.credentialRereadMs ?? 5_000;
  checkRange('attemptTimeoutMs', attemptTimeoutMs, timerMs);
  checkRange('credentialRereadMs', credentialRereadMs, timerMs);
  checkBoolean('metered', options.metered);
  const endpoint = resolveEndpoint(options);
  const clock = options.clock ?? systemClock;
  return {
    endpoint,
    credentials: new CredentialReader({
      source: resolveCredentials(options.credentials, endpoint),
      method: endpoint.clientAuth,
      needsSecret: needsSecret(endpoint),
      clock,
    }),
    attemptTimeoutMs,
    credentialRereadMs,
    metered: options.metered ?? false,
    policy: resolveRefreshPolicy(options.policy),
    backoff: resolveBackoffPolicy(options.backoff),
    clock,
    random: options.random ?? Math.random,
  };
}

function resolveEndpoint(options: TokenRequestOptions): TokenEndpointSettings {
  const { tokenUrl, issuer, allowInsecureHttp = false } = options;
  if (tokenUrl !== undefined && issuer !== undefined)
    throw new TypeError('Give tokenUrl or issuer, not both');
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxTimeoutMs = options.maxTimeoutMs ?? Math.max(20_000, timeoutMs);
  const defaultLifetimeMs = options.defaultLifetimeMs ?? 300_000;
  checkRange('timeoutMs', timeoutMs, timerMs);
  checkRange('maxTimeoutMs', maxTimeoutMs, timerMs);
  checkOrder('timeoutMs', timeoutMs, 'maxTimeoutMs', maxTimeoutMs);
  checkRange('defaultLifetimeMs', defaultLifetimeMs, timerMs);
  if (options.fetch !== undefined) checkFunction('fetch', options.fetch);
  checkBoolean('allowInsecureHttp', allowInsecureHttp);
  return {
    tokenUrl: tokenUrl === undefined ? undefined : parseUrl('tokenUrl', tokenUrl, allowInsecureHttp),
    issuer: issuer === undefined ? undefined : parseUrl('issuer', issuer, allowInsecureHttp),
    clientAuth: resolveClientAuth(options),
    assertionAudience: resolveAudience(options.assertionAudience),
    form: requestForm(options),
    timeoutMs,
    maxTimeoutMs,
    defaultLifetimeMs,
    fetch: options.fetch,
    allowInsecureHttp,
  };
}

/** The issuer may offer that the certificate of the `fetch` alone authenticates the client. */
function needsSecret({ clientAuth, issuer, fetch }: TokenEndpointSettings): boolean {
  const mayOfferMtls = clientAuth === undefined && issuer !== undefined && fetch !== undefined;
  return usesSecret(clientAuth) && !mayOfferMtls;
}

function resolveCredentials(
  given: TokenManagerOptions['credentials'],
  endpoint: TokenEndpointSettings,
): CredentialSource | ClientCredentials {
  if (isSource(given)) {
    if ('clientId' in given) throw new TypeError('credentials must have get or clientId, not both');
    return given;
  }
  const { tokenUrl, issuer, allowInsecureHttp } = endpoint;
  const reading = readCredentials(given, needsSecret(endpoint));
  if ('problem' in reading) throw new TypeError(`credentials has ${reading.problem}`);
  const { credentials } = reading;
  if (tokenUrl === undefined && issuer === undefined) {
    const named = credentials.tokenUrl ?? '';
    if (named === '') throw new TypeError('Give tokenUrl or issuer, or credentials that name a tokenUrl');
    parseUrl('credentials.tokenUrl', named, allowInsecureHttp);
  }
  return credentials;
}

function isSource(given: unknown): given is CredentialSource {
  if (!isJsonObject(given) || !('get' in given)) return false;
  checkFunction('credentials.get', given['get']);
  checkFunction('credentials.invalidate', given['invalidate']);
  return true;
}

function parseUrl(name: string, value: string | URL, allowInsecureHttp: boolean): URL {
  const reading = readTokenUrl(value, allowInsecureHttp);
  if ('problem' in reading) throw new TypeError(`${name} ${reading.problem}`);
  return reading.url;
}
