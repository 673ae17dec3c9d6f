import { isJsonObject, parseJson } from '@worker-auth/inlined';
import { sanitize } from '@worker-auth/inlined/network';

/** Longer texts in a claim are cut, in characters. */
const maxTextLength = 500;

/** A claim that nests deeper is left out. */
const maxDepth = 5;

/** Header and payload of a JWT (RFC 7519), which nobody has verified. */
export interface DecodedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** `undefined` for a token of another kind. The signature is left out, so that what is shown is no token. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const [first = '', second = '', ...rest] = token.split('.');
  if (rest.length !== 1) return undefined;
  const [header, claims] = [first, second].map((part) =>
    parseJson(Buffer.from(part, 'base64url').toString('utf8')),
  );
  return isJsonObject(header) && isJsonObject(claims) ? { header, claims } : undefined;
}

/** Claims fit to be shown: without controls, and without secrets that a server put in. */
export function shownClaims(
  claims: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Readonly<Record<string, unknown>> {
  return shown(claims, secrets, 0) as Readonly<Record<string, unknown>>;
}

/** A NumericDate (RFC 7519 section 2) in milliseconds since the epoch; `undefined` for anything else. */
export function dateMs(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= 8.64e12 ? value * 1_000 : undefined;
}

function shown(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return sanitize(value, { secrets, maxLength: maxTextLength });
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return '…';
  if (Array.isArray(value)) return value.map((one) => shown(one, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [sanitize(name, { secrets }), shown(one, secrets, depth + 1)]),
  );
}
