import { isJsonObject, parseJson } from '@worker-auth/internal';
import type { ClientAssertion } from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import type { JsonWebKey, KeyObject } from 'node:crypto';

/** A private key, and how the server finds the public one. */
export interface SigningKey {
  /** PEM, a JWK, or a key object of Node's. The algorithm is that of the JWK, else that of the kind of key: `RS256`, `ES256`, `EdDSA` and so on. */
  readonly key: string | JsonWebKey | KeyObject;
  /** The `kid` of the assertion. Default that of the JWK, else none. */
  readonly keyId?: string | undefined;
}

/**
 * Signs an assertion for each request.
 *
 * @throws TokenManagerError (`TOKEN_CREDENTIALS_INVALID`) for a key that is none, without anything of it
 */
export function signedBy({ key, keyId }: SigningKey): ClientAssertion {
  const jwk = typeof key === 'string' ? parseJson(key) : undefined;
  return privateKeyJwt({ key: isJsonObject(jwk) ? jwk : key, keyId });
}
