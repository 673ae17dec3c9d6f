import { isJsonObject } from '@worker-auth/internal';
import * as z from 'zod/mini';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';
import type { HttpResponse } from './http-transport.ts';
import { jwtDates } from '../jwt.ts';
import { agreedMs, type ResponseClock, clockNote, hostAheadMs } from './server-time.ts';

/** Longer lives are cut to this: a token is refreshed far earlier in any case, and 1e308 seconds are no date. */
const maxLifetimeMs = 30 * 24 * 60 * 60 * 1_000;

/** A longer token fits into no header of most servers. Each one is looked for in texts, which would take memory and time. */
const maxTokenLength = 16_384;

/** What each field has to be; the messages never quote what it is. */
const fieldRules = {
  access_token: `must be a non-empty string of visible ASCII, of at most ${maxTokenLength} characters`,
  token_type:
    'must be Bearer. Only if you know that bearer tokens are safe enough, turn DPoP, or whatever binds the tokens of this client, off',
  expires_in: 'must be a number of seconds, or such a number as a string',
} as const;

const typeMissing = 'must be Bearer, and is missing: have the server send it (RFC 6749 section 5.1)';

/** RFC 6749 section 5.1, as strict as it can be without rejecting a server in use; unknown fields are ignored. */
const tokenResponse = z.object({
  // Visible ASCII: anything else makes an HTTP client drop the header, or worse, split it.
  access_token: z.string().check(z.regex(/^[\x21-\x7e]+$/), z.maxLength(maxTokenLength)),
  token_type: z.string().check(z.regex(/^bearer$/i)),
  expires_in: z.optional(
    z.nullable(z.union([z.number(), z.string().check(z.regex(/^-?\d{1,400}(\.\d{1,400})?$/))])),
  ),
  // What was granted, where that is not all that was asked for.
  scope: z.catch(z.optional(z.string()), undefined),
});

/** What {@link readTokenResponse} measures a life by. */
export interface LifeMeasures {
  /** Life of a token that states none, in milliseconds. */
  readonly defaultLifetimeMs: number;
  /** The host's wall clock when the request was sent. */
  readonly sentAtWallMs: number;
  readonly time: ResponseClock;
}

/**
 * Reads a successful token response, from the sending of its request on. The life of the token ends at the earliest of what is known of it: see {@link statedLives}.
 *
 * @returns `scope` is what was granted, where the server says it
 * @throws TokenRequestError (`invalidResponse`), also for a token that has expired and for a body that was cut
 */
export function readTokenResponse(
  response: HttpResponse,
  measures: LifeMeasures,
): { readonly token: string; readonly lifetimeMs: number; readonly scope: string | undefined } {
  if (response.isCut)
    throw invalidResponse(response, `the response is longer than ${response.text.length} characters`);
  const { body } = response;
  const parsed = tokenResponse.safeParse(body);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A server that gives tokens of another type, or does not say which, does so each time.
    const retryable = issues.some(({ path }) => path[0] !== 'token_type') && undefined;
    throw invalidResponse(response, describeIssues(body, issues), retryable);
  }
  const { access_token: token, expires_in: expiresIn, scope } = parsed.data;
  const lives = statedLives(token, expiresIn ?? undefined, measures);
  const lifetimeMs =
    lives.length === 0 ? measures.defaultLifetimeMs - measures.time.ageMs : Math.min(...lives, maxLifetimeMs);
  if (lifetimeMs > 0) return { token, lifetimeMs, scope };
  const { ageMs } = measures.time;
  const age = ageMs > 0 ? `, and the response was ${ageMs / 1_000} s old` : '';
  const clocks = clockNote(hostAheadMs(measures.time, measures.sentAtWallMs));
  throw invalidResponse(response, `the token has expired: ${lifetimeMs / 1_000} s of life${age}${clocks}`);
}

/**
 * Every life that is known, in milliseconds since the request was sent. They are `expires_in`, less the age of the response; `exp - iat`, which is
 * only a length, as the most that it can be; and what is left until `exp`.
 */
function statedLives(
  token: string,
  expiresIn: number | string | undefined,
  measures: LifeMeasures,
): readonly number[] {
  const { expMs, iatMs } = jwtDates(token);
  const lives = expiresIn === undefined ? [] : [Number(expiresIn) * 1_000 - measures.time.ageMs];
  if (expMs === undefined) return lives;
  // No token ends before it begins: such an `iat` is no date, but milliseconds for example.
  if (iatMs !== undefined && iatMs < expMs) lives.push(expMs - iatMs);
  return [...lives, ...livesUntil(expMs, measures)];
}

/** What is left until `exp`, by the clocks that can be believed: nobody gives away a token that has expired, so a clock that says so alone is wrong. */
function livesUntil(expMs: number, { sentAtWallMs, time }: LifeMeasures): readonly number[] {
  const byHostMs = expMs - sentAtWallMs;
  const byServerMs = time.serverNowMs === undefined ? undefined : expMs - time.serverNowMs;
  if (byServerMs !== undefined && Math.abs(byHostMs - byServerMs) <= agreedMs) {
    // A clock that is a little ahead takes at most half: it must not end what the server gave just now.
    return [byServerMs, Math.max(byHostMs, byServerMs / 2)];
  }
  return [byServerMs ?? byHostMs, byHostMs].filter((lifeMs) => lifeMs > 0).slice(0, 1);
}

/** Names fields and rules, never the values. */
function describeIssues(body: unknown, issues: readonly { readonly path: PropertyKey[] }[]): string {
  if (!isJsonObject(body)) return 'not a JSON object';
  const broken = new Set(issues.map(({ path }) => path[0]));
  return Object.entries(fieldRules)
    .filter(([field]) => broken.has(field))
    .map(([field, rule]) => {
      const isMissing = field === 'token_type' && (body[field] ?? undefined) === undefined;
      return `${field} ${isMissing ? typeMissing : rule}`;
    })
    .join('; ');
}

function invalidResponse(response: HttpResponse, problem: string, retryable?: false): TokenRequestError {
  return new TokenRequestError(
    `The token endpoint ${response.from} answered ${response.status} without a usable token: ${problem}. ` +
      'Check that the URL is a token endpoint and that no proxy answers in its place',
    { code: TokenManagerErrorCode.invalidResponse, status: response.status, retryable },
  );
}
