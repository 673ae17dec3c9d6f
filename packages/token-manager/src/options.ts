import {
  type BackoffPolicy,
  type Clock,
  type OptionsOf,
  type RefreshPolicy,
  systemClock,
} from '@worker-auth/refresh-scheduler';
import {
  type BasicEncoding,
  type ClientAssertion,
  type ClientAuth,
  type ClientAuthMethod,
} from './client-auth.ts';
import { type ClientCredentials, type CredentialSource } from './credential-source.ts';
import { type FetchLike } from './http-transport.ts';

/** Where the token endpoint is and what is asked of it. */
export interface TokenRequestOptions {
  /** The token endpoint. Give this or {@link issuer}. */
  readonly tokenUrl?: string | URL | undefined;
  /** The issuer, whose discovery document names the token endpoint. Give this or {@link tokenUrl}. */
  readonly issuer?: string | URL | undefined;
  /** How the client authenticates. Default `client_secret_post`. Not together with {@link clientAssertion}. */
  readonly clientAuth?: ClientAuth | undefined;
  /**
   * Encoding of id and secret in a Basic header: `form` as RFC 6749 section 2.3.1 says, or `raw` as RFC 7617 does, for a server
   * that does not decode. Default `form`.
   */
  readonly basicEncoding?: BasicEncoding | undefined;
  /** A JWT in place of a secret: `privateKeyJwt(…)`, or one that a platform issued. Default none. */
  readonly clientAssertion?: ClientAssertion | undefined;
  /** The `scope` parameter: text, or names to be joined by spaces. Default none; an empty one is not sent. */
  readonly scope?: string | readonly string[] | undefined;
  /** The `audience` parameter (Auth0, Hydra). Default none. */
  readonly audience?: string | undefined;
  /** The `resource` parameter, once for each (RFC 8707). Default none. */
  readonly resource?: string | readonly string[] | undefined;
  /** Further form fields, such as Auth0's `organization`. Those that this package sets itself are refused. Default none. */
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  /** One deadline over connecting, headers and body of a request, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Life of a token that tells none: neither `expires_in` nor a JWT's `exp`. Milliseconds. Default 300,000. */
  readonly defaultLifetimeMs?: number | undefined;
  /** Sends the requests: for a private CA, a client certificate or a proxy. Default the host's `fetch`. */
  readonly fetch?: FetchLike | undefined;
  /** Allow `http:` to hosts other than this one. Default false. */
  readonly allowInsecureHttp?: boolean | undefined;
}

/** Settings of a `TokenManager`. */
export interface TokenManagerOptions extends TokenRequestOptions {
  /** The client's credentials, or what gives them. With a client assertion or certificate the id suffices. */
  readonly credentials: CredentialSource | ClientCredentials | ClientIdentity;
  /**
   * The longest that one attempt may take in all: reading the credentials, discovery, the request, and once more when the
   * client was refused. Milliseconds. Default 60,000.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /** When a token is renewed. Default `defaultRefreshPolicy` of `@worker-auth/refresh-scheduler`. */
  readonly policy?: OptionsOf<RefreshPolicy> | undefined;
  /** How long to wait after a failure. Default `defaultBackoffPolicy` of `@worker-auth/refresh-scheduler`. */
  readonly backoff?: OptionsOf<BackoffPolicy> | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
  /** A number from 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A client that needs no secret, since an assertion or a certificate stands for it. */
export interface ClientIdentity {
  readonly clientId: string;
  /** Where it came from, for logs and error messages; never secret. */
  readonly source?: string | undefined;
}

/** {@link TokenRequestOptions}, checked and with defaults. */
export interface TokenEndpointSettings {
  readonly tokenUrl: URL | undefined;
  readonly issuer: URL | undefined;
  readonly clientAuth: ClientAuthMethod;
  /** The form apart from grant type and client authentication. */
  readonly form: readonly [name: string, value: string][];
  readonly timeoutMs: number;
  readonly defaultLifetimeMs: number;
  readonly fetch: FetchLike | undefined;
  readonly allowInsecureHttp: boolean;
}

/** {@link TokenManagerOptions}, checked and with defaults. */
export interface TokenManagerSettings {
  readonly endpoint: TokenEndpointSettings;
  readonly credentials: CredentialSource;
  readonly attemptTimeoutMs: number;
  readonly policy: OptionsOf<RefreshPolicy>;
  readonly backoff: OptionsOf<BackoffPolicy>;
  readonly clock: Clock;
  readonly random: () => number;
}

const reservedParams = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'audience',
  'resource',
];

/** The longest that a timer of the host can wait. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Checks the options of a token manager and fills in the defaults.
 *
 * @throws TypeError for options that are missing or contradict each other, RangeError for a number outside its range
 */
export function resolveOptions(options: TokenManagerOptions): TokenManagerSettings {
  const attemptTimeoutMs = options.attemptTimeoutMs ?? 60_000;
  checkDuration('attemptTimeoutMs', attemptTimeoutMs);
  const endpoint = resolveEndpoint(options);
  return {
    endpoint,
    credentials: resolveCredentials(options.credentials),
    attemptTimeoutMs,
    policy: options.policy ?? {},
    backoff: options.backoff ?? {},
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

/** https, or http to this host itself: what leaves in plain text must not leave the host. */
export function isAllowedUrl(url: URL, allowInsecureHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'http:' && (isLoopback || allowInsecureHttp);
}

function resolveEndpoint(options: TokenRequestOptions): TokenEndpointSettings {
  const { tokenUrl, issuer, allowInsecureHttp = false } = options;
  if ((tokenUrl === undefined) === (issuer === undefined)) {
    throw new TypeError('Give exactly one of tokenUrl and issuer');
  }
  const timeoutMs = options.timeoutMs ?? 10_000;
  const defaultLifetimeMs = options.defaultLifetimeMs ?? 300_000;
  checkDuration('timeoutMs', timeoutMs);
  checkDuration('defaultLifetimeMs', defaultLifetimeMs);
  return {
    tokenUrl: tokenUrl === undefined ? undefined : parseUrl('tokenUrl', tokenUrl, allowInsecureHttp),
    issuer: issuer === undefined ? undefined : parseUrl('issuer', issuer, allowInsecureHttp),
    clientAuth: resolveClientAuth(options),
    form: resolveForm(options),
    timeoutMs,
    defaultLifetimeMs,
    fetch: options.fetch,
    allowInsecureHttp,
  };
}

function resolveClientAuth(options: TokenRequestOptions): ClientAuthMethod {
  const { clientAuth, clientAssertion, basicEncoding } = options;
  if (basicEncoding !== undefined && clientAuth !== 'client_secret_basic') {
    throw new TypeError('basicEncoding needs clientAuth client_secret_basic');
  }
  if (clientAssertion !== undefined) {
    if (clientAuth !== undefined) throw new TypeError('Give clientAuth or clientAssertion, not both');
    return { kind: 'client_assertion', assertion: clientAssertion };
  }
  const kind = clientAuth ?? 'client_secret_post';
  return kind === 'client_secret_basic' ? { kind, encoding: basicEncoding ?? 'form' } : { kind };
}

function resolveForm({ scope, audience, resource, extraParams }: TokenRequestOptions): [string, string][] {
  const extra = Object.entries(extraParams ?? {});
  const reserved = extra.find(([name]) => reservedParams.includes(name));
  if (reserved !== undefined)
    throw new TypeError(`extraParams must not have ${reserved[0]}: it has its own option`);
  const joined = typeof scope === 'string' ? scope : (scope ?? []).join(' ');
  const resources = typeof resource === 'string' ? [resource] : (resource ?? []);
  const fields: [string, string][] = [
    ['scope', joined.trim()],
    ['audience', audience ?? ''],
    ...resources.map((value): [string, string] => ['resource', value]),
  ];
  return [...fields.filter(([, value]) => value !== ''), ...extra];
}

function resolveCredentials(credentials: TokenManagerOptions['credentials']): CredentialSource {
  if ('get' in credentials) return credentials;
  const fixed: ClientCredentials = { clientSecret: '', ...credentials };
  return { get: () => Promise.resolve(fixed), invalidate: () => undefined };
}

function parseUrl(name: string, value: string | URL, allowInsecureHttp: boolean): URL {
  if (!URL.canParse(String(value))) throw new TypeError(`${name} must be an absolute URL`);
  const url = new URL(value);
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new TypeError(`${name} must have neither user information nor a fragment`);
  }
  if (!isAllowedUrl(url, allowInsecureHttp)) {
    throw new TypeError(
      `${name} must be https, since client secrets are sent to it; received ${url.origin}. ` +
        'Only this host itself may be http, unless allowInsecureHttp is true',
    );
  }
  return url;
}

function checkDuration(name: string, value: number): void {
  if (value > 0 && value <= maxTimerMs) return;
  throw new RangeError(
    `${name} must be above 0 and at most ${maxTimerMs} milliseconds; received ${String(value)}`,
  );
}
