import { checkOptions, checkRange, type OptionNames, positiveMs } from '@worker-auth/internal';
import { type Clock, systemClock } from '@worker-auth/refresh-scheduler';
import { type CryptoKey, importJWK, importPKCS8, type JWK, type KeyObject, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { ClientAssertion } from './client-auth.ts';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/** Settings of {@link privateKeyJwt}. */
export interface PrivateKeyJwtOptions {
  /** The private key: PEM (PKCS #8), a JWK, or a key object. */
  readonly key: string | JWK | CryptoKey | KeyObject;
  /** The JWS algorithm (RFC 7518 section 3.1), for example `ES256`. Default the JWK's `alg`, else `RS256`. */
  readonly algorithm?: string | undefined;
  /** The `kid` header, by which the server finds the public key. Default the JWK's `kid`, else none. */
  readonly keyId?: string | undefined;
  /** The `aud` claim. Default that of the `TokenManager`: the issuer, see its option `assertionAudience`. */
  readonly audience?: string | undefined;
  /** How long an assertion is good for, in milliseconds. Default 60,000; a new one is made for each request. */
  readonly lifetimeMs?: number | undefined;
  /** Further header parameters, such as Entra's `x5t#S256`, or another `typ`. Default none. */
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** Where `iat` and `exp` come from. Default the host's clock. */
  readonly clock?: Clock | undefined;
}

const optionNames: OptionNames<PrivateKeyJwtOptions> = {
  key: true,
  algorithm: true,
  keyId: true,
  audience: true,
  lifetimeMs: true,
  header: true,
  clock: true,
};

/** The `typ` of the header by RFC 10070. */
const assertionType = 'client-authentication+jwt';

/**
 * Client authentication by a signed JWT, `private_key_jwt` (RFC 7523 section 2.2 as updated by RFC 10070), for the `clientAssertion` option
 * of a `TokenManager`. Needs the package `jose`.
 *
 * The issuer is the only audience, and `typ` is `client-authentication+jwt`. For a server that wants the URL of its token endpoint as
 * audience, set `assertionAudience: 'token-endpoint'`: it gets no `typ` either.
 *
 * A key that cannot be used shows as an error of `getToken`: importing one takes an asynchronous call. So does an audience that is not
 * known (`invalidCredentials`).
 *
 * @throws RangeError for a lifetime that is not finite and above 0
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAssertion {
  checkOptions('privateKeyJwt', options, optionNames);
  const { clock = systemClock, lifetimeMs = 60_000, header } = options;
  checkRange('lifetimeMs', lifetimeMs, positiveMs);
  const jwk = isJwk(options.key) ? options.key : undefined;
  const algorithm = options.algorithm ?? jwk?.alg ?? 'RS256';
  const keyId = options.keyId ?? jwk?.kid;
  let imported: Promise<CryptoKey | KeyObject | Uint8Array> | undefined;
  return async ({ clientId, tokenUrl, audience: knownAudience }) => {
    const audience = options.audience ?? knownAudience;
    if (audience === undefined) throw audienceUnknown();
    const typ = audience === tokenUrl ? {} : { typ: assertionType };
    imported ??= importKey(options.key, algorithm);
    const issuedAtSeconds = Math.floor(clock.wallNow() / 1_000);
    return new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ ...typ, ...header, alg: algorithm, ...(keyId !== undefined && { kid: keyId }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience)
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(issuedAtSeconds + Math.ceil(lifetimeMs / 1_000))
      .sign(await imported);
  };
}

function audienceUnknown(): TokenRequestError {
  return new TokenRequestError(
    "The audience of the client's assertion is not known: RFC 10070 has the issuer there, and only a tokenUrl was given. " +
      "Set issuer in place of tokenUrl, or assertionAudience to the issuer, or to 'token-endpoint' for a server that wants that",
    { code: TokenManagerErrorCode.invalidCredentials },
  );
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
