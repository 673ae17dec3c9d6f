import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { JsonWebKeySet } from '../../src/authorization/key-source.ts';
import type { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { type Answer, post } from './ask.ts';

/** `undefined` is left out. */
export type Claims = Readonly<Record<string, unknown>>;

/** A key pair of a client or an issuer, made by a library that shares nothing with the server. */
export interface AssertionKey {
  readonly jwks: JsonWebKeySet;
  readonly privateKey: CryptoKey;
  /** Signs `claims`; `header` goes over `alg` and `kid`. */
  sign(claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createKey(alg = 'RS256', kid = 'key-1'): Promise<AssertionKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return {
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid }] },
    privateKey,
    sign: (claims, header = {}) => sign(claims, privateKey, { alg, kid, ...header }),
  };
}

export function sign(
  claims: Claims,
  key: CryptoKey | Uint8Array,
  header: Readonly<Record<string, unknown>> & { readonly alg: string },
): Promise<string> {
  if (header.alg === 'none') return Promise.resolve(new UnsecuredJWT(claims as JWTPayload).encode());
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

export function secretKey(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}

/** The claims of a client's own assertion, with `changed` over them; `undefined` removes one. */
export function claimsFor(server: MockOAuthServer, clientId: string, changed: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: clientId, sub: clientId, aud: server.issuer, iat: now, exp: now + 60 };
  return { ...claims, jti: randomUUID(), ...changed };
}

export function requestByAssertion(
  server: MockOAuthServer,
  assertion: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return post(server.tokenUrl, {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...fields,
  });
}
