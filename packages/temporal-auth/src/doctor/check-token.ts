import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { readNetwork } from '../settings/network.ts';
import { networkFetch } from '../network/network-fetch.ts';
import type { FetchLike } from '@worker-auth/token-manager';
import { ApplicationTokens } from '../tokens/application-tokens.ts';
import type { CheckedConfiguration } from './check-configuration.ts';
import { DoctorCode } from './doctor-code.ts';
import type { Found } from './examination.ts';
import { checkStatus } from './endpoint-status.ts';
import { dateMs, decodeJwt, type DecodedJwt } from '../errors/jwt.ts';
import { shownClaims } from './shown-claims.ts';
import { type ObservedFetch, observedFetch } from './observed-fetch.ts';
import { type DiagnosisScene, silentLogger } from './scene.ts';

/** A shorter life leaves no time for a refresh that fails once, in milliseconds. */
const shortLifeMs = 60_000;

/** So far clocks may differ, in milliseconds: `Date` counts whole seconds, and answers are under way for a while. */
const toleratedMs = 5_000;

/** What Temporal's own authorizer verifies. */
const verifiable = ['RS256', 'ES256'];

/** The token that was got. */
export interface CheckedToken {
  readonly tokens: ApplicationTokens;
  /** `undefined` for one that is no JWT. */
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
  const aboutToken = ['token-type', 'token-life', 'token-claims', 'token-clock'] as const;
  const { tokenFile } = options;
  const needs = [
    'authentication',
    'application',
    'credentials',
    'endpoint-address',
    'endpoint-proxy',
  ] as const;
  if (examination.skipAfter(['endpoint-status', 'token-request', ...aboutToken, 'token-permission'], needs))
    return undefined;
  if (applicationName === undefined) return undefined;
  const observed = observedFetch(fetchOf(scene), clock);
  const tokens = tokensWith(scene, applicationName, credentials, observed);
  const outcome = await tokens.getToken({ signal }).then(
    (token) => ({ token }),
    (error: unknown) => ({ error }),
  );
  if (tokenFile === undefined) {
    await checkStatus(scene, observed, 'error' in outcome ? outcome.error : undefined);
  }
  const token = await examination.check('token-request', { explainedBy: ['endpoint-status'] }, () => {
    if ('error' in outcome) throw outcome.error;
    const { credentialsSource = 'their source' } = tokens;
    const came =
      tokenFile === undefined ? `for the credentials from ${credentialsSource}` : `from ${tokenFile}`;
    return { value: outcome.token, description: `a token came ${came}` };
  });
  if (token === undefined) {
    examination.skipAfter(aboutToken, ['token-request']);
    // The difference of the clocks is told by a refusal as well.
    if (observed.last() !== undefined) await examination.check('token-clock', {}, () => clockOf(observed));
    examination.skipAfter(['token-permission'], ['token-request']);
    return undefined;
  }
  const jwt = decodeJwt(token);
  await examination.check('token-type', {}, () => typeOf(jwt));
  await examination.check('token-life', {}, () => lifeOf(tokens));
  const secrets = [token, credentials?.clientSecret ?? ''];
  if (jwt === undefined) examination.skip(['token-claims'], 'the token is no JWT');
  else await examination.check('token-claims', {}, () => claimsOf(jwt, secrets));
  if (tokenFile === undefined) await examination.check('token-clock', {}, () => clockOf(observed));
  else examination.skip(['token-clock'], 'no server was asked');
  return { tokens, jwt };
}

function tokensWith(
  { options, env, timeoutMs }: DiagnosisScene,
  applicationName: string,
  credentials: ApplicationCredentials | undefined,
  { fetch }: ObservedFetch,
): ApplicationTokens {
  if (credentials === undefined)
    return new ApplicationTokens({ ...options, applicationName, env, logger: silentLogger });
  const source = { get: () => Promise.resolve(credentials), invalidate: () => undefined };
  return new ApplicationTokens({
    ...{ ...options, applicationName, env, logger: silentLogger },
    ...{ clientId: undefined, clientSecret: undefined, discovery: undefined },
    credentials: source,
    token: { ...options.token, fetch, timeoutMs },
  });
}

/** What a client's token manager uses; `undefined` for the host's. */
function fetchOf({ options, env }: DiagnosisScene): FetchLike | undefined {
  if (options.tokenFile !== undefined) return undefined;
  return options.token?.fetch ?? networkFetch(readNetwork(options, env));
}

function typeOf(jwt: DecodedJwt | undefined): Found<undefined> {
  const value = undefined;
  const warn = (description: string, error: string): Found<undefined> => ({
    ...{ value, description, warning: { code: DoctorCode.tokenUnverifiable, error } },
  });
  if (jwt === undefined)
    return warn(
      'the token is opaque',
      "The token is no JWT, and Temporal's own authorizer reads nothing else.",
    );
  const { alg, kid } = jwt.header;
  const description = `the token is a JWT (${String(alg)})`;
  if (!verifiable.includes(String(alg)))
    return warn(
      description,
      `The token is signed by ${String(alg)}; Temporal's own authorizer takes RS256 and ES256.`,
    );
  if (typeof kid !== 'string' || kid === '')
    return warn(
      description,
      "The token names no key (kid), by which Temporal's own authorizer looks for it.",
    );
  return { value, description };
}

function lifeOf({ manager: { remainingMs = 0, expiresAt } }: ApplicationTokens): Found<undefined> {
  const description = `the token is good for ${Math.round(remainingMs / 1_000)} s, until ${expiresAt?.toISOString() ?? 'then'}`;
  const value = undefined;
  if (remainingMs >= shortLifeMs) return { value, description };
  const error = `The token lives for ${Math.round(remainingMs / 1_000)} s. Have the OAuth server give tokens that live for some minutes.`;
  return { value, description, warning: { code: DoctorCode.tokenShort, error } };
}

function claimsOf({ claims }: DecodedJwt, secrets: readonly string[]): Found<undefined> {
  const shown = shownClaims(claims, secrets);
  const named = (['iss', 'sub', 'aud', 'permissions'] as const)
    .filter((name) => shown[name] !== undefined)
    .map((name) => `${name} ${JSON.stringify(shown[name])}`);
  const expiry = dateMs(claims['exp']);
  const until = expiry === undefined ? 'no exp' : `exp ${new Date(expiry).toISOString()}`;
  return {
    value: undefined,
    description: `the token says ${[...named, until].join(', ')}`,
    details: { claims: shown },
  };
}

function clockOf({ last }: ObservedFetch): Found<undefined> {
  const aheadMs = last()?.hostAheadMs;
  const value = undefined;
  if (aheadMs === undefined)
    return { value, description: "the authorization server does not tell its clock's time" };
  const seconds = Math.round(aheadMs / 1_000);
  const description = `this host's clock differs from the authorization server's by ${Math.abs(seconds)} s`;
  if (Math.abs(aheadMs) <= toleratedMs) return { value, description };
  const error = `This host's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the authorization server's. Check that NTP runs on both.`;
  return {
    value,
    description,
    warning: { code: DoctorCode.clockOff, error },
    details: { hostAheadSeconds: seconds },
  };
}
