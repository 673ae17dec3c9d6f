import { isJsonObject, parseJson } from '@worker-auth/internal';
import type { ClientAssertion } from '@worker-auth/token-manager';
import type * as jwt from '@worker-auth/token-manager/private-key-jwt';
import { createPrivateKey, type JsonWebKey, KeyObject } from 'node:crypto';

/** A private key, and how the server finds the public one. */
export interface SigningKey {
  /** PEM, a JWK, or a key object of Node's. The algorithm is that of the JWK, else that of the kind of key: `RS256`, `ES256`, `EdDSA` and so on. */
  readonly key: string | JsonWebKey | KeyObject;
  /** The `kid` of the assertion. Default that of the JWK, else none. */
  readonly keyId?: string | undefined;
}

/** By the name of the curve as Node has it. */
const algorithmOfCurve = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

// Not in a bundle: it needs `jose`, which no other program has to install.
const signingPackage: string = '@worker-auth/token-manager/private-key-jwt';

/** @throws TypeError for a key that is none, without anything of it */
export function checkKey(given: SigningKey): void {
  readKey(given);
}

/** Signs an assertion for each request. */
export function signedBy(given: SigningKey): ClientAssertion {
  const { key, algorithm, keyId } = readKey(given);
  return async (context) => {
    const { privateKeyJwt } = (await import(
      /* webpackIgnore: true */ /* @vite-ignore */ signingPackage
    )) as typeof jwt;
    return privateKeyJwt({ key, algorithm, keyId })(context);
  };
}

function readKey({ key: given, keyId }: SigningKey) {
  const jwk: unknown = typeof given === 'string' ? parseJson(given) : given;
  const { alg, kid }: Record<string, unknown> = isJsonObject(jwk) ? jwk : {};
  const key = keyOf(given instanceof KeyObject || !isJsonObject(jwk) ? given : jwk);
  const named = keyId ?? (typeof kid === 'string' ? kid : undefined);
  return { key, keyId: named, algorithm: typeof alg === 'string' ? alg : algorithmOf(key) };
}

function keyOf(given: string | JsonWebKey | KeyObject): KeyObject {
  try {
    if (given instanceof KeyObject) return given;
    return createPrivateKey(typeof given === 'string' ? given : { key: given, format: 'jwk' });
  } catch {
    // What it throws may quote the key.
    throw new TypeError('The private key cannot be used: it must be PEM, without a passphrase, or a JWK');
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve = '' } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType !== 'ec') return asymmetricKeyType?.startsWith('ed') === true ? 'EdDSA' : 'RS256';
  return algorithmOfCurve[namedCurve as keyof typeof algorithmOfCurve];
}
