import { verify, type KeyObject } from 'node:crypto';
import type { PublicKeys } from './json-web-keys.ts';

/** Why a token is not accepted. */
export type TokenFault =
  | 'malformed-token'
  | 'unknown-key'
  | 'keys-unavailable'
  | 'bad-signature'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-the-future'
  | 'no-subject';

/** The claims set of a token (RFC 7519 section 4), not yet validated beyond what {@link verifyJwt} checks. */
export type Claims = Readonly<Record<string, unknown>>;

/** `claims` are there once the signature holds, so that an expired token can still be told by its `jti`. */
export type Verification =
  | { readonly fault: undefined; readonly claims: Claims }
  | { readonly fault: TokenFault; readonly claims?: Claims };

/** The key type that belongs to each algorithm which Temporal takes. */
const keyTypes: ReadonlyMap<unknown, string> = new Map([
  ['RS256', 'rsa'],
  ['ES256', 'ec'],
]);

/**
 * Checks a JWT as Temporal's default claim mapper does (golang-jwt 4.5): RS256 or ES256, a `kid` that the key set has, and
 * `exp`, `nbf` and `iat` in whole seconds without any leeway. `exp` may be absent; `iss` is not looked at.
 *
 * @param nowMs milliseconds since the epoch
 */
export async function verifyJwt(
  token: string,
  keys: PublicKeys,
  nowMs: number,
  signal: AbortSignal,
): Promise<Verification> {
  const [header, payload, signature] = token.split('.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return { fault: 'malformed-token' };
  const { alg, kid } = decode(header) ?? {};
  const claims = decode(payload);
  const keyType = keyTypes.get(alg);
  if (keyType === undefined || typeof kid !== 'string' || claims === undefined) {
    return { fault: 'malformed-token' };
  }

  let key: KeyObject | undefined;
  try {
    key = await keys.get(kid, signal);
  } catch {
    return { fault: 'keys-unavailable' };
  }
  if (key?.asymmetricKeyType !== keyType) return { fault: 'unknown-key' };
  const signed = Buffer.from(`${header ?? ''}.${payload ?? ''}`);
  const held = Buffer.from(signature ?? '', 'base64url');
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, held)) return { fault: 'bad-signature' };

  const fault = claimFault(claims, Math.floor(nowMs / 1_000));
  return { fault, claims };
}

function claimFault(claims: Claims, now: number): TokenFault | undefined {
  const { exp, nbf, iat, sub } = claims;
  if (!isAbsent(exp) && !(typeof exp === 'number' && now < Math.trunc(exp))) return 'expired';
  if (!isAbsent(iat) && !(typeof iat === 'number' && now >= Math.trunc(iat))) return 'issued-in-the-future';
  if (!isAbsent(nbf) && !(typeof nbf === 'number' && now >= Math.trunc(nbf))) return 'not-yet-valid';
  return typeof sub === 'string' ? undefined : 'no-subject';
}

/** golang-jwt takes a time claim of 0 for one that is not there. */
function isAbsent(claim: unknown): boolean {
  return claim === undefined || claim === 0;
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
