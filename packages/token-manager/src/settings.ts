import {
  checkApart,
  checkBoolean,
  checkChoice,
  checkFunction,
  checkOptions,
  checkRange,
  type ClientCredentials,
  type CredentialSource,
  type GetTokenOptions,
  isJsonObject,
  maxTimerMs,
  type OptionNames,
  timerMs,
  checkText,
} from '@worker-auth/internal';
import { resolveBackoffPolicy, resolveRefreshPolicy, systemClock } from '@worker-auth/refresh-scheduler';
import type { RefreshSettings } from './request/attempts.ts';
import { type ClientAuthMethod, clientAuths, usesSecret } from './credentials/client-auth.ts';
import { type CredentialReader, credentialReader, readCredentials } from './credentials/credential-reader.ts';
import { isOfFile } from './credentials/file-assertion.ts';
import type { FetchLike, ResponseSteps } from './request/http-transport.ts';
import type { TokenManagerOptions, TokenRequestOptions } from './options.ts';
import { requestForm } from './request/request-form.ts';
import { readTokenUrl } from './request/token-url.ts';

/** {@link TokenRequestOptions}, checked and with defaults. */
export interface TokenEndpointSettings {
  readonly tokenUrl: URL | undefined;
  /** `undefined` where nothing, or {@link metadataUrl}, says it. */
  readonly issuer: URL | undefined;
  readonly metadataUrl: URL | undefined;
  /** `undefined`: as the issuer offers, or the endpoint of old takes. */
  readonly clientAuth: ClientAuthMethod | undefined;
  readonly assertionAudience: string | undefined;
  /** The form apart from grant type and client authentication. */
  readonly form: readonly [name: string, value: string][];
  readonly stepsMs: ResponseSteps;
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

const tokenManagerOptions: OptionNames<TokenManagerOptions> = {
  credentials: true,
  tokenUrl: true,
  issuer: true,
  metadataUrl: true,
  clientAuth: true,
  basicEncoding: true,
  clientAssertion: true,
  assertionAudience: checkText,
  scope: true,
  audience: true,
  resource: true,
  extraParams: true,
  timeoutMs: true,
  defaultLifetimeMs: true,
  fetch: true,
  allowInsecureHttp: true,
  attemptTimeoutMs: true,
  credentialRereadMs: true,
  policy: true,
  metered: true,
  backoff: true,
  clock: true,
  random: true,
};

/**
 * Checks the options of a token manager and fills in the defaults.
 *
 * @throws TypeError for options that are missing or contradict each other, RangeError for a number outside its range
 */
export function resolveOptions(options: TokenManagerOptions): TokenManagerSettings {
  checkOptions('TokenManager', options, tokenManagerOptions);
  const endpoint = resolveEndpoint(options);
  const [, , longestMs] = endpoint.stepsMs;
  const attemptTimeoutMs = options.attemptTimeoutMs ?? Math.min(maxTimerMs, 60_000 + longestMs);
  const credentialRereadMs = options.credentialRereadMs ?? 5_000;
  checkRange('attemptTimeoutMs', attemptTimeoutMs, timerMs);
  checkRange('credentialRereadMs', credentialRereadMs, timerMs);
  checkBoolean('metered', options.metered);
  const clock = options.clock ?? systemClock;
  return {
    endpoint,
    credentials: credentialReader(
      resolveCredentials(options.credentials, endpoint),
      endpoint.clientAuth,
      needsSecret(endpoint),
      clock,
    ),
    attemptTimeoutMs,
    credentialRereadMs,
    metered: options.metered ?? false,
    policy: resolveRefreshPolicy(options.policy),
    backoff: resolveBackoffPolicy(options.backoff),
    clock,
    random: options.random ?? Math.random,
  };
}

/** @throws TypeError for what are no options of `getToken` */
export function checkGetTokenOptions(options: GetTokenOptions): void {
  const names = { rejectedToken: true, rejectedAs: true, forceRefresh: true, signal: true } as const;
  checkOptions<GetTokenOptions>('getToken', options, names);
  checkBoolean('forceRefresh', options.forceRefresh);
  checkChoice('rejectedAs', options.rejectedAs, ['revoked', 'new', 'denied']);
}

function resolveEndpoint(options: TokenRequestOptions): TokenEndpointSettings {
  const { allowInsecureHttp = false } = options;
  checkApart(options, 'tokenUrl', ['issuer', 'metadataUrl']);
  checkApart(options, 'issuer', ['metadataUrl']);
  const timeoutMs = options.timeoutMs ?? 10_000;
  const defaultLifetimeMs = options.defaultLifetimeMs ?? 300_000;
  checkRange('timeoutMs', timeoutMs, timerMs);
  checkRange('defaultLifetimeMs', defaultLifetimeMs, timerMs);
  if (options.fetch !== undefined) checkFunction('fetch', options.fetch);
  checkBoolean('allowInsecureHttp', allowInsecureHttp);
  const read = (name: 'tokenUrl' | 'issuer' | 'metadataUrl'): URL | undefined => {
    const given = options[name];
    return given === undefined ? undefined : parseUrl(name, given, allowInsecureHttp);
  };
  return {
    tokenUrl: read('tokenUrl'),
    issuer: read('issuer'),
    metadataUrl: read('metadataUrl'),
    clientAuth: resolveClientAuth(options),
    assertionAudience: resolveAudience(options.assertionAudience),
    form: requestForm(options),
    // A server may be slow for good.
    stepsMs: [timeoutMs, Math.min(maxTimerMs, 3 * timeoutMs), Math.min(maxTimerMs, 6 * timeoutMs)],
    defaultLifetimeMs,
    fetch: options.fetch,
    allowInsecureHttp,
  };
}

/** How the client authenticates; `undefined` where nothing says it. */
function resolveClientAuth(options: TokenRequestOptions): ClientAuthMethod | undefined {
  const { clientAuth, clientAssertion, basicEncoding } = options;
  checkChoice('clientAuth', clientAuth, clientAuths);
  checkChoice('basicEncoding', basicEncoding, ['form', 'raw']);
  if (basicEncoding !== undefined && clientAuth !== 'client_secret_basic') {
    throw new TypeError('basicEncoding needs clientAuth client_secret_basic');
  }
  checkApart(options, 'clientAuth', ['clientAssertion']);
  if (clientAssertion !== undefined) {
    checkFunction('clientAssertion', clientAssertion);
    const type = isOfFile(clientAssertion) ? clientAssertion.type : undefined;
    return { kind: 'client_assertion', assertion: clientAssertion, type };
  }
  if (clientAuth !== 'client_secret_basic') return clientAuth && { kind: clientAuth };
  return { kind: clientAuth, encoding: basicEncoding ?? 'form' };
}

function resolveAudience(audience: string | undefined): string | undefined {
  if (audience === undefined || audience === 'token-endpoint' || URL.canParse(audience)) return audience;
  throw new TypeError(
    `assertionAudience must be an issuer (an absolute URL) or token-endpoint; received ${audience}`,
  );
}

/** The issuer may offer that the certificate of the `fetch` alone authenticates the client. */
function needsSecret({ clientAuth, issuer, metadataUrl, fetch }: TokenEndpointSettings): boolean {
  const mayOfferMtls =
    clientAuth === undefined && (issuer ?? metadataUrl) !== undefined && fetch !== undefined;
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
  const { tokenUrl, issuer, metadataUrl, allowInsecureHttp } = endpoint;
  const reading = readCredentials(given, needsSecret(endpoint));
  if ('problem' in reading) throw new TypeError(`credentials has ${reading.problem}`);
  const { credentials } = reading;
  if ((tokenUrl ?? issuer ?? metadataUrl) === undefined) {
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
