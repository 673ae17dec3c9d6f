import { verify, type KeyObject } from 'node:crypto';
import { parseFirstObject, parseObject } from './json.ts';
import type { KeySource } from './key-source.ts';
import { isSignedBy } from './signature-cache.ts';

/** Why a token is not accepted. */
export type TokenFault =
  | 'malformed-token'
  | 'unknown-key'
  | 'keys-unavailable'
  | 'bad-signature'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-the-future'
  | 'wrong-audience'
  | 'no-subject';

/** The claims set of a token (RFC 7519 section 4), not yet validated beyond what {@link verifyJwt} checks. */
export type Claims = Readonly<Record<string, unknown>>;

/** `claims` are there once the signature holds, so that an expired token can still be named by its `jti`. */
export type Verification =
  | { readonly fault: undefined; readonly claims: Claims }
  | { readonly fault: TokenFault; readonly claims?: Claims };

/** What a token is verified with. */
export interface VerificationSettings {
  readonly keys: KeySource;
  /** What `aud` must hold; `undefined` does not ask. */
  readonly audience: string | undefined;
}

/** The seconds between the year 1, from which Go counts, and the epoch. */
const goEpochSeconds = 62_135_596_800;

/**
 * Checks a JWT as Temporal's default claim mapper does (golang-jwt 4.5): RS256 or ES256 with P-256, a `kid` that the key set has, and
 * `exp`, `nbf` and `iat` in whole seconds without any leeway. `exp` may be absent; `iss` is not checked.
 *
 * @param nowMs milliseconds since the epoch
 */
export async function verifyJwt(
  token: string,
  { keys, audience }: VerificationSettings,
  nowMs: number,
  signal: AbortSignal,
): Promise<Verification> {
  const [header, payload, signature, ...more] = token.split('.');
  const { alg, kid } = parseObject(decode(header)?.toString() ?? '') ?? {};
  const claims = parseFirstObject(decode(payload)?.toString() ?? '');
  const held = decode(signature);
  const kind = alg === 'RS256' ? 'rsa' : alg === 'ES256' ? 'ec' : undefined;
  if (more.length > 0 || kind === undefined || typeof kid !== 'string') return { fault: 'malformed-token' };
  if (claims === undefined || held === undefined) return { fault: 'malformed-token' };

  let key: KeyObject | undefined;
  try {
    key = (await keys.get(signal, (known) => known[kind].has(kid)))[kind].get(kid);
  } catch {
    return { fault: 'keys-unavailable' };
  }
  if (key === undefined) return { fault: 'unknown-key' };
  const signer = key;
  const signed = `${header ?? ''}.${payload ?? ''}`;
  if (!isSignedBy(signer, token, () => holds(signer, Buffer.from(signed), held)))
    return { fault: 'bad-signature' };
  return { fault: claimFault(claims, Math.floor(nowMs / 1_000), audience), claims };
}

/** Only a signature of two 32-byte numbers is one of ES256, and that only a key of P-256 makes. */
function holds(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return false;
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function claimFault(claims: Claims, now: number, audience: string | undefined): TokenFault | undefined {
  const { exp, nbf, iat, sub, aud } = claims;
  if (!isAbsent(exp) && !(typeof exp === 'number' && now < goSeconds(exp))) return 'expired';
  if (!isAbsent(iat) && !(typeof iat === 'number' && now >= goSeconds(iat))) return 'issued-in-the-future';
  if (!isAbsent(nbf) && !(typeof nbf === 'number' && now >= goSeconds(nbf))) return 'not-yet-valid';
  if (audience !== undefined && !holdsAudience(aud, audience)) return 'wrong-audience';
  return typeof sub === 'string' ? undefined : 'no-subject';
}

/** golang-jwt takes a time claim of 0 for one that is not there. */
function isAbsent(claim: unknown): boolean {
  return claim === undefined || claim === 0;
}

/** A time claim as Go's `time.Time`, whose seconds are 64-bit integers from the year 1 on: what does not fit is long ago. */
function goSeconds(claim: number): number {
  return claim >= 2 ** 63 - goEpochSeconds ? -Infinity : Math.trunc(claim);
}

function holdsAudience(aud: unknown, audience: string): boolean {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.every((one) => typeof one === 'string') && all.includes(audience);
}

/** Go's `base64.RawURLEncoding`: no padding. */
function decode(part: string | undefined): Buffer | undefined {
  return part !== undefined && /^[\w-]*$/.test(part) ? Buffer.from(part, 'base64url') : undefined;
}
