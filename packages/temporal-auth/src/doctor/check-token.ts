import { refreshDelay } from '@worker-auth/refresh-scheduler';
import type { FetchLike } from '@worker-auth/token-manager';
import { dateMs, decodeJwt, type DecodedJwt } from '../errors/jwt.ts';
import { networkFetch } from '../network/network-fetch.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { readNetwork } from '../settings/network.ts';
import { ApplicationTokens } from '../tokens/application-tokens.ts';
import type { CheckedConfiguration } from './check-configuration.ts';
import { DoctorCode } from './doctor-code.ts';
import { checkStatus, isOfClock, withNotes } from './endpoint-status.ts';
import type { Found } from './examination.ts';
import { aheadOfToken, type ObservedAnswer, type ObservedFetch, observedFetch } from './observed-fetch.ts';
import { ProblemFound } from './problem.ts';
import { type DiagnosisScene, silentLogger } from './scene.ts';
import { shownClaims } from './shown-claims.ts';

/** A shorter life leaves no time for a refresh that fails once, in milliseconds. */
const shortLifeMs = 60_000;

/** So far clocks may differ, in milliseconds: `Date` counts whole seconds, and answers are under way for a while. */
const toleratedMs = 5_000;

const monthMs = 30 * 86_400_000;

/** What Temporal's own authorizer verifies. */
const verifiable = ['RS256', 'ES256'];

const aboutToken = ['token-type', 'token-life', 'token-claims'] as const;

/** The token that was got. */
export interface CheckedToken {
  readonly tokens: ApplicationTokens;
  /** Without secrets; `undefined` for one that is no JWT. */
  readonly jwt: DecodedJwt | undefined;
}

/**
 * Asks for a token as a client would, with the credentials that were found, or reads it from its file, and looks at it.
 *
 * @param credentials `undefined` when there are none, or none are needed
 */
export async function checkToken(
  scene: DiagnosisScene,
  { applicationName }: CheckedConfiguration,
  credentials: ApplicationCredentials | undefined,
): Promise<CheckedToken | undefined> {
  const { examination, options, clock, signal } = scene;
  const { tokenFile } = options;
  const needs = [
    'authentication',
    'application',
    'credentials',
    'endpoint-address',
    'endpoint-proxy',
  ] as const;
  const all = ['token-clock', 'endpoint-status', 'token-request', ...aboutToken, 'token-permission'] as const;
  if (examination.skipAfter(all, needs) || applicationName === undefined) return undefined;
  let observed: ObservedFetch | undefined;
  let tokens: ApplicationTokens | undefined;
  let outcome: { readonly token: string } | { readonly error: unknown };
  try {
    observed = observedFetch(fetchOf(scene), clock);
    tokens = tokensWith(scene, applicationName, credentials, observed);
    outcome = { token: await tokens.getToken({ signal }) };
  } catch (error) {
    signal.throwIfAborted();
    outcome = { error };
  }
  const exchange = observed?.last();
  const failure = 'error' in outcome ? outcome.error : undefined;
  const decoded = 'token' in outcome ? decodeJwt(outcome.token) : undefined;
  if (exchange === undefined) examination.skip(['token-clock'], 'no server was asked');
  else await examination.check('token-clock', {}, () => clockOf(exchange, decoded, failure));
  if (tokenFile === undefined) await checkStatus(scene, exchange, failure);
  const explainedBy = ['token-clock', 'endpoint-status'] as const;
  const token = await examination.check('token-request', { explainedBy }, () => {
    if ('error' in outcome) throw withNotes(outcome.error, { applicationName, credentials, exchange });
    const { credentialsSource = 'their source' } = tokens ?? {};
    const came =
      tokenFile === undefined ? `for the credentials from ${credentialsSource}` : `from ${tokenFile}`;
    return { value: outcome.token, description: `a token came ${came}` };
  });
  if (token === undefined || tokens === undefined) {
    examination.skipAfter([...aboutToken, 'token-permission'], ['token-request']);
    await tokens?.stop();
    return undefined;
  }
  const secrets = [token, credentials?.clientSecret ?? options.clientSecret ?? ''];
  const jwt = decoded && {
    header: shownClaims(decoded.header, secrets),
    claims: shownClaims(decoded.claims, secrets),
  };
  const source = tokens;
  await examination.check('token-type', {}, () => typeOf(jwt));
  await examination.check('token-life', {}, () => lifeOf(source, scene));
  if (jwt === undefined) examination.skip(['token-claims'], 'the token is no JWT');
  else await examination.check('token-claims', {}, () => claimsOf(jwt));
  return { tokens, jwt };
}

function tokensWith(
  { options, env, timeoutMs }: DiagnosisScene,
  applicationName: string,
  credentials: ApplicationCredentials | undefined,
  { fetch }: ObservedFetch,
): ApplicationTokens {
  if (credentials === undefined)
    return new ApplicationTokens({ ...options, applicationName }, env, silentLogger);
  const source = { get: () => Promise.resolve(credentials), invalidate: () => undefined };
  return new ApplicationTokens(
    {
      ...options,
      ...{ applicationName, clientId: undefined, clientSecret: undefined, discovery: undefined },
      credentials: source,
      token: { ...options.token, fetch, timeoutMs },
    },
    env,
    silentLogger,
  );
}

/** What a client's token manager uses; `undefined` for the host's. */
function fetchOf({ options, env }: DiagnosisScene): FetchLike | undefined {
  if (options.tokenFile !== undefined) return undefined;
  return options.token?.fetch ?? networkFetch(readNetwork(options, env));
}

function typeOf(jwt: DecodedJwt | undefined): Found<undefined> {
  const value = undefined;
  const code = DoctorCode.tokenUnverifiable;
  if (jwt === undefined) {
    const error = "The token is no JWT, and Temporal's own authorizer reads nothing else.";
    return { value, description: 'the token is opaque', warning: { code, error } };
  }
  const { alg, kid } = jwt.header;
  const description = `the token is a JWT (${String(alg)})`;
  const error = !verifiable.includes(String(alg))
    ? `The token is signed by ${String(alg)}; Temporal's own authorizer takes RS256 and ES256.`
    : typeof kid !== 'string' || kid === ''
      ? "The token names no key (kid), by which Temporal's own authorizer looks for it."
      : undefined;
  return { value, description, warning: error === undefined ? undefined : { code, error } };
}

function lifeOf(
  { remainingMs = 0, expiresAt }: ApplicationTokens,
  { options }: DiagnosisScene,
): Found<undefined> {
  const seconds = Math.round(remainingMs / 1_000);
  const asked = refreshDelay(Math.max(remainingMs, 1), options.token?.policy, () => 0.5);
  const month = Math.round(monthMs / Math.max(asked, 1)).toLocaleString('en');
  const cost = options.tokenFile === undefined ? `; about ${month} tokens a month for each process` : '';
  const description = `the token is good for ${seconds} s, until ${expiresAt?.toISOString() ?? 'then'}${cost}`;
  const value = undefined;
  if (remainingMs >= shortLifeMs) return { value, description };
  const error = `The token lives for ${seconds} s. Have the OAuth server give tokens that live for some minutes.`;
  return { value, description, warning: { code: DoctorCode.tokenShort, error } };
}

function claimsOf({ claims }: DecodedJwt): Found<undefined> {
  const named = (['iss', 'sub', 'aud', 'permissions'] as const)
    .filter((name) => claims[name] !== undefined)
    .map((name) => `${name} ${JSON.stringify(claims[name])}`);
  const expiry = dateMs(claims['exp']);
  const until = expiry === undefined ? 'no exp' : `exp ${new Date(expiry).toISOString()}`;
  return {
    value: undefined,
    description: `the token says ${[...named, until].join(', ')}`,
    details: { claims },
  };
}

function clockOf(
  exchange: ObservedAnswer,
  token: DecodedJwt | undefined,
  failure: unknown,
): Found<undefined> {
  const aheadMs = exchange.hostAheadMs ?? (token && aheadOfToken(token, exchange.sentMs));
  const value = undefined;
  if (aheadMs === undefined)
    return { value, description: "the authorization server does not tell its clock's time" };
  const seconds = Math.round(aheadMs / 1_000);
  const description = `this host's clock differs from the authorization server's by ${Math.abs(seconds)} s`;
  if (Math.abs(aheadMs) <= toleratedMs) return { value, description };
  const error = `This host's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the authorization server's. Check that NTP runs on both.`;
  if (isOfClock(failure, exchange, aheadMs)) throw new ProblemFound(DoctorCode.clockOff, error);
  return {
    value,
    description,
    warning: { code: DoctorCode.clockOff, error },
    details: { hostAheadSeconds: seconds },
  };
}
