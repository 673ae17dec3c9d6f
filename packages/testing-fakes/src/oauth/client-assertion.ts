import type { KeyObject } from 'node:crypto';
import { asymmetricAlgorithms, type Claims, type CompactJws } from './compact-jws.ts';
import { type KeySetSource, keysOf } from './key-set.ts';
import { OAuthRejection } from './oauth-response.ts';

// The statuses, codes and texts below are those of Keycloak 26.7.3.

export function invalidClient(
  description = 'Invalid client or Invalid client credentials',
  headers: Readonly<Record<string, string>> = {},
): OAuthRejection {
  return new OAuthRejection(401, 'invalid_client', description, headers);
}

export function invalidAssertion(description: string): OAuthRejection {
  return new OAuthRejection(400, 'invalid_client', description);
}

/**
 * The keys of `source` that may have signed the assertion.
 *
 * @throws OAuthRejection for another algorithm, and when the keys cannot be read
 */
export async function candidateKeys(
  { header }: CompactJws,
  source: KeySetSource,
): Promise<readonly KeyObject[]> {
  if (!asymmetricAlgorithms.includes(String(header['alg']))) {
    throw invalidAssertion('Invalid signature algorithm');
  }
  return keysOf(source, header['kid']).catch(() => {
    throw invalidAssertion('Unable to load public key');
  });
}

/**
 * For whom and when an assertion is good (RFC 7523 section 3). To the second, with no leeway.
 *
 * @param audiences of which `aud` must be one
 * @throws OAuthRejection
 */
export function checkAssertionClaims(
  { aud, exp, nbf, iat }: Claims,
  audiences: readonly string[],
  nowMs: number,
): void {
  const now = Math.floor(nowMs / 1_000);
  const named = [aud].flat() as readonly unknown[];
  if (!audiences.some((audience) => named.includes(audience))) {
    throw invalidAssertion('Invalid token audience');
  }
  if (named.length > 1) throw invalidAssertion('Multiple audiences not allowed');
  if (typeof exp !== 'number') throw invalidAssertion('Token exp claim is required');
  if (exp <= now || (typeof nbf === 'number' && nbf > now)) throw invalidAssertion('Token is not active');
  if (typeof iat === 'number' && iat > now) throw invalidAssertion('Token was issued in the future');
}

/**
 * What RFC 10070 asks of an assertion beyond that. Those of other issuers, such as a cluster's tokens, have a `typ` of their own.
 *
 * @throws OAuthRejection
 */
export function checkStrictly({ header, claims }: CompactJws, method: string, issuer: string): void {
  if (claims['aud'] !== issuer) throw invalidAssertion(`The only audience must be the issuer ${issuer}`);
  if (method === 'federated_jwt' || header['typ'] === 'client-authentication+jwt') return;
  throw invalidAssertion('The typ of the header must be client-authentication+jwt');
}
