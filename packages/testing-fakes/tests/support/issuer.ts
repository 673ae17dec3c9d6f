import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { JsonWebKeySet } from '../../src/authorization/key-source.ts';

/** Signs tokens, by a library that shares nothing with the gateway's own verification. */
export interface Issuer {
  readonly jwks: JsonWebKeySet;
  /** A token with these claims over `sub: 'worker'` and `permissions: ['default:write']`. */
  mint(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
}

export async function createIssuer(
  kid = 'key-1',
  alg: 'RS256' | 'RS384' | 'ES256' = 'RS256',
): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return {
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] },
    mint: (claims = {}, header = {}) =>
      new SignJWT({ sub: 'worker', permissions: ['default:write'], ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}
