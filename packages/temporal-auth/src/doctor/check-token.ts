import { dateMs, decodeJwt, type DecodedJwt } from '@worker-auth/internal';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { applicationKey } from '@worker-auth/secret-store';
import { switchedOff } from '@worker-auth/calls/errors/own-errors';
import { TemporalAuthError } from '@worker-auth/calls/errors/temporal-auth-error';
import type { ApplicationCredentials } from '@worker-auth/calls/settings/server';
import { readCommonSettings } from '@worker-auth/calls/settings/auth-settings';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import type { Server } from '@worker-auth/calls/settings/server';
import { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import { tokensOf as tokensFrom } from './check-agent.ts';
import { shownUrl } from './check-configuration.ts';
import type { DiagnoseOptions } from './diagnosis.ts';
import { type DiagnosisContext, type Found, secretMethods, type TokenExchange } from './diagnosis-context.ts';
import { ProblemFound, problemOf, warned } from './problem.ts';
import { suspectIn, swappedIn } from './shape.ts';
import { clientCodes, clockOf, observedFetch, problemOfEndpoint, shownClaims } from './token-exchange.ts';

/** A shorter life leaves no time for a refresh that fails once, in milliseconds. */
const shortLifeMs = 60_000;

const monthMs = 30 * 86_400_000;

const verifiable = ['RS256', 'ES256'];

/** Asks for a token as a client would, with the credentials that were found, or reads it from its file, and looks at it. */
export async function checkToken(context: DiagnosisContext): Promise<void> {
  const { authEnabled, credentials, tokenFile } = context;
  const isKnown = (tokenFile ?? credentials) !== undefined;
  const needed = ['agent', 'authentication', 'endpoint-address'] as const;
  if (!authEnabled || !isKnown || context.causeAmong(needed) !== undefined) return;
  let failure: unknown;
  const token = await request(context).catch((error: unknown) => {
    failure = error;
    return undefined;
  });
  const { tokens, exchange } = context;
  const decoded = decodeJwt(token ?? '');
  if (exchange === undefined) context.skip(['token-clock'], 'no server was asked');
  else await context.check('token-clock', () => clockOf(exchange, decoded, failure));
  await context.check('token-request', async () => {
    if (token === undefined)
      throw (
        (await problemOfEndpoint(context, failure)) ??
        aboutRejection(failure, context, await methodThatWorks(context, failure))
      );
    const by = exchange?.method === undefined ? '' : `, by ${exchange.method}`;
    return `got an access token ${tokenFile === undefined ? `with the credentials from ${String(tokens?.credentialsSource)}` : `from ${tokenFile}`}${by}`;
  });
  if (token === undefined || tokens === undefined) {
    await tokens?.stop();
    context.tokens = undefined;
    return;
  }
  const fit = (claims: DecodedJwt['claims']): DecodedJwt['claims'] =>
    shownClaims(claims, [token, credentials?.clientSecret ?? '']);
  const jwt = decoded && { header: fit(decoded.header), claims: fit(decoded.claims) };
  context.jwt = jwt;
  await context.check('token-type', () => typeOf(jwt));
  await context.check('token-life', () => lifeOf(tokens.manager, context));
}

async function request(context: DiagnosisContext): Promise<string> {
  const source = context.program?.tokens;
  if (source !== undefined) {
    const ask = (signal: AbortSignal): Promise<string> => source.getToken({ signal });
    const token = await context.inTime('token of the option tokens', ask);
    context.tokens ??= tokensFrom(context, { access_token: token, token_type: 'Bearer' });
  }
  context.tokens ??= tokensOf(
    context,
    context.tokenFile === undefined ? { fetch: observedFetch(context) } : {},
  );
  return context.tokens.getToken({ signal: context.signal });
}

function tokensOf(
  { credentials, client, env, options, timeoutMs, tokenFile }: DiagnosisContext,
  common: Pick<DiagnoseOptions, 'fetch'>,
  asked?: Server['request'],
): ApplicationTokens {
  return new ApplicationTokens(
    () => {
      if (tokenFile !== undefined) return { file: tokenFile, from: 'option tokenFile' };
      if (client === undefined || credentials === undefined) throw switchedOff();
      const source = () => ({ get: () => Promise.resolve(credentials), invalidate: () => undefined });
      return { ...client, source, request: { ...client.request, timeoutMs, ...asked } };
    },
    readCommonSettings({ ...options, env, logger: silentLogger, ...common }),
  );
}

/** A client may be registered for one of the methods that are offered: tries the others. Where nobody said how, two were tried already. */
async function methodThatWorks(context: DiagnosisContext, failure: unknown): Promise<string | undefined> {
  const { client, exchange: { method: sent } = {}, offeredMethods, signal } = context;
  const tried =
    client?.request.clientAuth === undefined ? ['client_secret_basic', 'client_secret_post'] : [sent];
  const isRejected = failure instanceof TemporalAuthError && failure.code === 'TOKEN_CLIENT_REJECTED';
  if (!isRejected || sent === undefined) return undefined;
  for (const clientAuth of secretMethods) {
    if (tried.includes(clientAuth) || !offeredMethods.includes(clientAuth)) continue;
    const tokens = tokensOf(context, {}, { clientAuth, basicEncoding: undefined });
    const works = await tokens.getToken({ signal }).then(Boolean, () => false);
    await tokens.stop();
    signal.throwIfAborted();
    if (works) return clientAuth;
  }
  return undefined;
}

function typeOf(jwt: DecodedJwt | undefined): Found {
  const { alg, kid } = jwt?.header ?? {};
  const found = jwt === undefined ? { description: 'the token is opaque' } : claimsOf(jwt);
  const authorizer = "Temporal's own authorizer";
  const cause =
    jwt === undefined
      ? `The token is no JWT, and ${authorizer} reads nothing else.`
      : !verifiable.includes(String(alg))
        ? `The token is signed by ${String(alg)}, and ${authorizer} takes ${verifiable.join(' and ')}.`
        : `The token names no key (kid), by which ${authorizer} looks for it.`;
  if (verifiable.includes(String(alg)) && typeof kid === 'string' && kid !== '') return found;
  return {
    ...found,
    code: 'DOCTOR_TOKEN_UNVERIFIABLE',
    cause,
    remedy: 'Have the OAuth server issue JWTs signed by RS256 or ES256, with a kid; or use a claim mapper.',
  };
}

function claimsOf({ header, claims }: DecodedJwt): Found {
  const named = ['iss', 'sub', 'aud', 'permissions'].flatMap((name) =>
    claims[name] === undefined ? [] : [`${name} ${JSON.stringify(claims[name])}`],
  );
  const expiry = dateMs(claims['exp']);
  const until = expiry === undefined ? 'no exp' : `exp ${new Date(expiry).toISOString()}`;
  return {
    description: `the token is a JWT (${String(header['alg'])}) with ${[...named, until].join(', ')}`,
    evidence: [JSON.stringify(claims)],
  };
}

function lifeOf(
  { remainingMs = 0, expiresAt }: ApplicationTokens['manager'],
  { client, tokenFile }: DiagnosisContext,
): Found {
  const seconds = Math.round(remainingMs / 1_000);
  const delayMs = refreshDelay(Math.max(remainingMs, 1), client?.request.policy, () => 0.5);
  const month = Math.round(monthMs / Math.max(delayMs, 1)).toLocaleString('en');
  const cost = tokenFile === undefined ? `; about ${month} tokens a month for each process` : '';
  const description = `the token is good for ${seconds} s, until ${expiresAt?.toISOString() ?? 'then'}${cost}`;
  if (remainingMs >= shortLifeMs) return { description };
  return warned(
    description,
    'DOCTOR_TOKEN_SHORT',
    `The token lives for ${seconds} s.`,
    'Have the OAuth server give tokens that live for some minutes.',
  );
}

/**
 * A client that was rejected, by what is wrong with its credentials, where that shows; any other error as it is.
 *
 * @param works how the client authenticates with success, in place of what was tried first
 */
export function aboutRejection(
  error: unknown,
  { applicationName, credentials, exchange }: Partial<DiagnosisContext>,
  works?: string,
): unknown {
  if (!(error instanceof TemporalAuthError) || !clientCodes.includes(error.code)) return error;
  const { code, cause, remedy } = problemOf(error);
  const fail = (
    [said, todo]: readonly (string | undefined)[] = [],
    evidence: readonly string[] = [],
  ): ProblemFound =>
    new ProblemFound(code, said === undefined ? cause : `${said} ${cause}`, todo ?? remedy, evidence);
  const { assertion, method } = exchange ?? {};
  if (exchange !== undefined && assertion !== undefined && method === undefined)
    return fail(...aboutAssertion(applicationName, credentials, exchange));
  if (works === undefined) return fail(credentials && (suspectIn(credentials) ?? swappedIn(credentials)));
  return fail([
    `The client secret was sent by ${String(method)}, and ${works} works.`,
    `Set WORKER_AUTH_AUTH_METHOD=${works}, or method of clientSecret().`,
  ]);
}

/** What is wrong with an assertion that was rejected, where that is known, what to do, and what it says. */
function aboutAssertion(
  applicationName = '<app_name>',
  { clientId, source = 'their source', clientAssertionFile }: Partial<ApplicationCredentials> = {},
  { url, sentMs, hostAheadMs = 0, assertion }: TokenExchange,
): [said: readonly [wrong: string | undefined, todo: string], evidence: readonly string[]] {
  const { iss, sub, aud, exp, iat, nbf = iat } = shownClaims(assertion?.claims ?? {}, []);
  const endedMs = sentMs - hostAheadMs - (dateMs(exp) ?? Infinity);
  const earlyMs = (dateMs(nbf) ?? -Infinity) - (sentMs - hostAheadMs);
  const isFederated = /^(?:system:serviceaccount:|spiffe:)/.test(String(sub));
  const isEntra = url.hostname.startsWith('login.microsoftonline.');
  const named = isEntra ? 'api://AzureADTokenExchange' : url.origin;
  const isNamed = [aud].flat().some((audience) => String(audience).startsWith(named));
  const inSeconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
  const said = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const about = (): readonly [wrong: string | undefined, todo: string] => {
    if (endedMs >= 0)
      return [`The assertion ended (exp) ${inSeconds(endedMs)} ago.`, 'Have its file refreshed.'];
    if (earlyMs > 0)
      return [
        `The assertion is good only in ${inSeconds(earlyMs)}.`,
        "Check the clock of the server that signs it, and this host's.",
      ];
    if (!isNamed)
      return [
        `The assertion is for aud ${said(aud)}, and not for ${shownUrl(url)} or its issuer.`,
        `Have it issued for the audience ${named}.`,
      ];
    if (source.includes('AZURE_'))
      return [
        "The assertion is that of the pod's Azure identity, perhaps of another application.",
        `Set ATLAN_${applicationKey(applicationName)}_client_id and the rest, which win over it.`,
      ];
    if (!isFederated && sub !== clientId)
      return [
        `The assertion has sub ${said(sub)}, which is not the client id.`,
        'Have it issued for the client id, or correct the client id.',
      ];
    return [
      undefined,
      iss === clientId
        ? `Register the public key of its private key (kid ${said(assertion?.header['kid'])}) with the client.`
        : 'Check that the server trusts its issuer, subject and audience.',
    ];
  };
  const file = clientAssertionFile === undefined ? '' : `, file ${clientAssertionFile}`;
  return [
    about(),
    [`assertion from ${source}${file}`, `iss ${said(iss)}, sub ${said(sub)}, aud ${said(aud)}`],
  ];
}
