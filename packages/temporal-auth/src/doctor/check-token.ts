import { dateMs, decodeJwt, type DecodedJwt } from '@worker-auth/internal';
import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { networkFetch } from '../network/network-fetch.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { readNetwork } from '../settings/network.ts';
import { ApplicationTokens } from '../tokens/application-tokens.ts';
import { type DiagnosisContext, type Found, silentLogger } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import {
  checkStatus,
  clockOf,
  observedFetch,
  shownClaims,
  type TokenExchange,
  withNotes,
} from './token-exchange.ts';

/** A shorter life leaves no time for a refresh that fails once, in milliseconds. */
const shortLifeMs = 60_000;

const monthMs = 30 * 86_400_000;

const verifiable = ['RS256', 'ES256'];

export interface CheckedToken {
  readonly tokens: ApplicationTokens;
  /** Without secrets; `undefined` for one that is no JWT. */
  readonly jwt: DecodedJwt | undefined;
}

/** Asks for a token as a client would, with the credentials that were found, or reads it from its file, and looks at it. */
export async function checkToken(
  context: DiagnosisContext,
  applicationName: string | undefined,
  credentials: ApplicationCredentials | undefined,
): Promise<CheckedToken | undefined> {
  const { options, env, clock, timeoutMs, signal } = context;
  const { tokenFile, token: given } = options;
  const isKnown = applicationName !== undefined && (tokenFile ?? credentials) !== undefined;
  const needed = ['agent', 'authentication', 'endpoint-address', 'endpoint-proxy'] as const;
  if (!isKnown || context.causeAmong(needed) !== undefined) return undefined;
  const exchanges: TokenExchange[] = [];
  let [tokens, token, failure]: [ApplicationTokens?, string?, unknown?] = [];
  try {
    tokens =
      context.agentTokens ??
      new ApplicationTokens({
        ...{ ...options, applicationName, env, logger: silentLogger },
        ...(credentials && {
          ...{ clientId: undefined, clientSecret: undefined, discovery: undefined },
          credentials: { get: () => Promise.resolve(credentials), invalidate: () => undefined },
          token: {
            ...{ ...given, timeoutMs },
            fetch: observedFetch(given?.fetch ?? networkFetch(readNetwork(options, env)), clock, exchanges),
          },
        }),
      });
    token = await tokens.getToken({ signal });
  } catch (error) {
    failure = error;
  }
  const decoded = decodeJwt(token ?? '');
  const exchange = exchanges.at(-1);
  if (exchange === undefined) context.skip(['token-clock'], 'no server was asked');
  else await context.check('token-clock', () => clockOf(exchange, decoded, failure));
  if (tokenFile === undefined) await checkStatus(context, exchange, failure);
  await context.check('token-request', () => {
    if (token === undefined) throw withNotes(failure, applicationName, credentials, exchange);
    const source = `for the credentials from ${String(tokens?.credentialsSource)}`;
    return `a token came ${tokenFile === undefined ? source : `from ${tokenFile}`}`;
  });
  if (token === undefined || tokens === undefined) {
    await tokens?.stop();
    return undefined;
  }
  const fit = (claims: DecodedJwt['claims']): DecodedJwt['claims'] =>
    shownClaims(claims, [token, credentials?.clientSecret ?? '']);
  const jwt = decoded && { header: fit(decoded.header), claims: fit(decoded.claims) };
  const { remainingMs = 0, expiresAt } = tokens.manager;
  await context.check('token-type', () => typeOf(jwt));
  await context.check('token-life', () => lifeOf(remainingMs, expiresAt, context));
  if (jwt === undefined) context.skip(['token-claims'], 'the token is no JWT');
  else await context.check('token-claims', () => claimsOf(jwt));
  return { tokens, jwt };
}

function typeOf(jwt: DecodedJwt | undefined): Found {
  const { alg, kid } = jwt?.header ?? {};
  const description = jwt === undefined ? 'the token is opaque' : `the token is a JWT (${String(alg)})`;
  const own = "Temporal's own authorizer";
  let error: string | undefined;
  if (jwt === undefined) error = `The token is no JWT, and ${own} reads nothing else.`;
  else if (!verifiable.includes(String(alg)))
    error = `The token is signed by ${String(alg)}; ${own} takes ${verifiable.join(' and ')}.`;
  else if (typeof kid !== 'string' || kid === '')
    error = `The token names no key (kid), by which ${own} looks for it.`;
  return { description, ...(error !== undefined && { code: DoctorCode.tokenUnverifiable, error }) };
}

function lifeOf(remainingMs: number, expiresAt: Date | undefined, { options }: DiagnosisContext): Found {
  const seconds = Math.round(remainingMs / 1_000);
  const delayMs = refreshDelay(Math.max(remainingMs, 1), options.token?.policy, () => 0.5);
  const month = Math.round(monthMs / Math.max(delayMs, 1)).toLocaleString('en');
  const cost = options.tokenFile === undefined ? `; about ${month} tokens a month for each process` : '';
  const description = `the token is good for ${seconds} s, until ${expiresAt?.toISOString() ?? 'then'}${cost}`;
  if (remainingMs >= shortLifeMs) return { description };
  const error = `The token lives for ${seconds} s. Have the OAuth server give tokens that live for some minutes.`;
  return { description, code: DoctorCode.tokenShort, error };
}

function claimsOf({ claims }: DecodedJwt): Found {
  const named = (['iss', 'sub', 'aud', 'permissions'] as const)
    .filter((name) => claims[name] !== undefined)
    .map((name) => `${name} ${JSON.stringify(claims[name])}`);
  const expiry = dateMs(claims['exp']);
  const until = expiry === undefined ? 'no exp' : `exp ${new Date(expiry).toISOString()}`;
  return { description: `the token says ${[...named, until].join(', ')}`, details: { claims } };
}
