import * as z from 'zod/mini';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';
import type { HttpAnswer } from './http-transport.ts';

/** Longer lives are cut to this: a token is renewed far earlier in any case, and 1e308 seconds are no date. */
const maxLifetimeMs = 30 * 24 * 60 * 60 * 1_000;

/** RFC 6749 section 5.1, as strict as it can be without refusing a server in use; unknown fields are ignored. */
const tokenResponse = z.object({
  // Visible ASCII: anything else makes an HTTP client drop the header, or worse, split it.
  access_token: z.string().check(z.regex(/^[\x21-\x7e]+$/, 'must be a non-empty string of visible ASCII')),
  token_type: z.string().check(z.regex(/^bearer$/i, 'must be Bearer: no other kind can be used here')),
  expires_in: z.optional(
    z.nullable(
      z.union([z.number(), z.string().check(z.regex(/^-?\d+(\.\d+)?$/))], 'must be a number of seconds'),
    ),
  ),
});

const jwtClaims = z.object({ exp: z.number(), iat: z.optional(z.number()) });

/** A token and how long it lives from the moment its request was sent. */
export interface IssuedToken {
  readonly token: string;
  readonly lifetimeMs: number;
}

/**
 * Reads a successful token response.
 *
 * The life of the token, in order: `expires_in`, a number or a numeric string; else the `exp` of a JWT; else
 * `defaultLifetimeMs`. When the first two are both there, the shorter counts. 0 and less are refused, more than 30 days are
 * cut to 30 days.
 *
 * @param sentAtWallMs the wall clock when the request was sent; decides only about a JWT without `iat`
 * @throws TokenRequestError (`invalidResponse`)
 */
export function readTokenResponse(
  answer: HttpAnswer,
  defaultLifetimeMs: number,
  sentAtWallMs: number,
): IssuedToken {
  const parsed = tokenResponse.safeParse(parseJson(answer.text));
  if (!parsed.success) throw invalidResponse(answer, describeIssues(parsed.error.issues));
  const { access_token: token, expires_in: expiresIn } = parsed.data;
  const statedMs = [
    expiresIn === undefined || expiresIn === null ? undefined : Number(expiresIn) * 1_000,
    jwtLifetimeMs(token, sentAtWallMs),
  ].filter((lifeMs) => lifeMs !== undefined);
  const lifetimeMs = statedMs.length === 0 ? defaultLifetimeMs : Math.min(...statedMs, maxLifetimeMs);
  if (!(lifetimeMs > 0)) throw invalidResponse(answer, `the token is over: ${lifetimeMs / 1_000} s of life`);
  return { token, lifetimeMs };
}

/** `text` as JSON, or `undefined` when it is none: every caller treats that as a body without fields. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message quotes the text, which may hold a token.
    return undefined;
  }
}

/**
 * `exp - iat`, which needs no agreement of clocks; `exp` against the wall clock when there is no `iat`. The signature is
 * not verified: the token came from the server itself and is only read for its dates.
 */
function jwtLifetimeMs(token: string, sentAtWallMs: number): number | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const payload = Buffer.from(parts[1] ?? '', 'base64url').toString('utf8');
  const claims = jwtClaims.safeParse(parseJson(payload));
  if (!claims.success) return undefined;
  const { exp, iat } = claims.data;
  return exp * 1_000 - (iat === undefined ? sentAtWallMs : iat * 1_000);
}

/** Names fields and rules, never the values. */
function describeIssues(
  issues: readonly { readonly path: PropertyKey[]; readonly message: string }[],
): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? 'not a JSON object' : `${path.join('.')} ${message}`))
    .join('; ');
}

function invalidResponse(answer: HttpAnswer, problem: string): TokenRequestError {
  return new TokenRequestError({
    code: TokenManagerErrorCode.invalidResponse,
    status: answer.status,
    message:
      `The token endpoint answered ${answer.status} without a usable token: ${problem}. ` +
      'Check that the URL is a token endpoint and that no proxy answers in its place',
  });
}
