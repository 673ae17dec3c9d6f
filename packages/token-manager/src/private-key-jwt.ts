import { checkRange, positiveMs } from '@worker-auth/inlined';
import { type Clock, systemClock } from '@worker-auth/refresh-scheduler';
import { type CryptoKey, importJWK, importPKCS8, type JWK, type KeyObject, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { ClientAssertion } from './client-auth.ts';

/** Settings of {@link privateKeyJwt}. */
export interface PrivateKeyJwtOptions {
  /** The private key: PEM (PKCS #8), a JWK, or a key object. */
  readonly key: string | JWK | CryptoKey | KeyObject;
  /** The JWS algorithm (RFC 7518 section 3.1), for example `ES256`. Default the JWK's `alg`, else `RS256`. */
  readonly algorithm?: string | undefined;
  /** The `kid` header, by which the server finds the public key. Default the JWK's `kid`, else none. */
  readonly keyId?: string | undefined;
  /** The `aud` claim: Keycloak, Entra and Hydra take the default, the URL of the token endpoint. */
  readonly audience?: string | undefined;
  /** How long an assertion is good for, in milliseconds. Default 60,000; a new one is made for each request. */
  readonly lifetimeMs?: number | undefined;
  /** Further header parameters, such as Entra's `x5t#S256`. Default none. */
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** Where `iat` and `exp` come from. Default the host's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Client authentication by a signed JWT, `private_key_jwt` (RFC 7523 section 2.2, OpenID Connect Core section 9), for
 * the `clientAssertion` option of a `TokenManager`. Needs the package `jose`.
 *
 * A key that cannot be used shows as an error of `getToken`: importing one takes an asynchronous call.
 *
 * @throws RangeError for a lifetime that is not finite and above 0
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAssertion {
  const { clock = systemClock, lifetimeMs = 60_000, audience, header } = options;
  checkRange('lifetimeMs', lifetimeMs, positiveMs);
  const jwk = isJwk(options.key) ? options.key : undefined;
  const algorithm = options.algorithm ?? jwk?.alg ?? 'RS256';
  const keyId = options.keyId ?? jwk?.kid;
  let imported: Promise<CryptoKey | KeyObject | Uint8Array> | undefined;
  return async ({ clientId, tokenUrl }) => {
    imported ??= importKey(options.key, algorithm);
    const issuedAtSeconds = Math.floor(clock.wallNow() / 1_000);
    return new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ ...header, alg: algorithm, ...(keyId !== undefined && { kid: keyId }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience ?? tokenUrl)
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(issuedAtSeconds + Math.ceil(lifetimeMs / 1_000))
      .sign(await imported);
  };
}

async function importKey(
  key: PrivateKeyJwtOptions['key'],
  algorithm: string,
): Promise<CryptoKey | KeyObject | Uint8Array> {
  if (typeof key === 'string') return importPKCS8(key, algorithm);
  return isJwk(key) ? importJWK(key, algorithm) : key;
}

function isJwk(key: PrivateKeyJwtOptions['key']): key is JWK {
  return typeof key === 'object' && 'kty' in key;
}
