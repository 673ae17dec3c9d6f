import {
  checkOptions,
  checkRange,
  isJsonObject,
  type OptionNames,
  parseJson,
  positiveMs,
} from '@worker-auth/internal';
import { type Clock, systemClock } from '@worker-auth/refresh-scheduler';
import { constants, createPrivateKey, type JsonWebKey, KeyObject, sign } from 'node:crypto';
import type { ClientAssertion } from './credentials/client-auth.ts';
import { TokenManagerError, TokenManagerErrorCode } from './errors.ts';
import { signedAssertion } from './credentials/signed-assertion.ts';

/** Settings of {@link privateKeyJwt}. */
export interface PrivateKeyJwtOptions {
  /** The private key, not encrypted: PEM (PKCS #8, PKCS #1 or SEC1, as openssl writes them), a JWK, also as text, or a key object. */
  readonly key: string | JsonWebKey | KeyObject;
  /** The JWS algorithm (RFC 7518 section 3.1). Default the JWK's `alg`, else the first of the key's that the issuer lists: `RS256`, `ES256`, `EdDSA`, … */
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

/** The algorithms of a kind of key, or of a curve; the first is the default. */
const algorithms: Readonly<Record<string, readonly string[]>> = {
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  // The second by RFC 9864.
  ed25519: ['EdDSA', 'Ed25519'],
};

/**
 * Client authentication by a signed JWT, `private_key_jwt` (RFC 7523 section 2.2 as updated by RFC 10070), for the `clientAssertion` option
 * of a `TokenManager`.
 *
 * The issuer is the only audience, and `typ` is `client-authentication+jwt`. For a server that wants the URL of its token endpoint as
 * audience, set `assertionAudience: 'token-endpoint'`: it gets no `typ` either.
 *
 * An audience that is not known shows as an error of `getToken` (`invalidCredentials`).
 *
 * @throws TokenManagerError (`invalidCredentials`) for a key that cannot be used; RangeError for a lifetime that is not finite and above 0
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAssertion {
  checkOptions('privateKeyJwt', options, optionNames);
  const { clock = systemClock, lifetimeMs = 60_000, header } = options;
  checkRange('lifetimeMs', lifetimeMs, positiveMs);
  const read = typeof options.key === 'string' ? parseJson(options.key) : undefined;
  const given = isJsonObject(read) ? read : options.key;
  const key = readKey(given);
  const jwk = isJwk(given) ? given : {};
  const wanted = options.algorithm ?? jwk['alg'];
  const fitting = algorithmsFor(key, wanted);
  const kid = options.keyId ?? jwk['kid'];
  return ({ clientId, tokenUrl, audience, algorithms: offered }) => {
    const isGiven = wanted !== undefined || offered === undefined;
    const alg = isGiven ? fitting[0] : fitting.find((name) => offered.includes(name));
    if (alg === undefined) throw notOffered(offered, fitting);
    return signedAssertion(
      { clientId, tokenUrl, audience: options.audience ?? audience },
      {
        header: { ...header, alg, ...(typeof kid === 'string' && { kid }) },
        nowMs: clock.wallNow(),
        lifetimeMs,
        sign: (text) => signature(text, alg, key),
      },
    );
  };
}

function readKey(given: PrivateKeyJwtOptions['key']): KeyObject {
  if (given instanceof KeyObject) return given;
  try {
    return createPrivateKey(isJwk(given) ? { key: given, format: 'jwk' } : given);
  } catch {
    // What the parser says may quote the key.
  }
  throw unusable('it is no PEM and no JWK of a private key, or it is encrypted');
}

/** At least one: the wanted one alone, where it fits the key. */
function algorithmsFor(key: KeyObject, wanted: unknown): readonly string[] {
  const { type, asymmetricKeyType: kind = '', asymmetricKeyDetails: details } = key;
  if (type !== 'private') throw unusable(`it is a ${type} key`);
  const fitting = algorithms[kind === 'ec' ? (details?.namedCurve ?? '') : kind] ?? [];
  const usable = wanted === undefined ? fitting : fitting.filter((name) => name === wanted);
  if (usable.length > 0) return usable;
  const offered = fitting.length === 0 ? 'no algorithm' : `${fitting.join(', ')} and not ${String(wanted)}`;
  throw unusable(`a key of the kind ${details?.namedCurve ?? kind} signs by ${offered}`);
}

/** RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1, RFC 9864. */
function signature(text: string, alg: string, key: KeyObject): Buffer {
  const data = Buffer.from(text);
  if (alg.startsWith('Ed')) return sign(null, data, key);
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  const form = alg.startsWith('PS') ? { padding, saltLength } : { dsaEncoding: 'ieee-p1363' as const };
  return sign(`sha${alg.slice(2)}`, data, { key, ...form });
}

function isJwk(key: PrivateKeyJwtOptions['key']): key is JsonWebKey {
  return typeof key === 'object' && !(key instanceof KeyObject);
}

function notOffered(offered: readonly string[] = [], fitting: readonly string[]): TokenManagerError {
  // A stranger's: nothing but what can be a name is shown.
  const names = offered.filter((name) => /^[\w-]{1,16}$/.test(name)).slice(0, 20);
  return new TokenManagerError(
    `The issuer lists ${names.join(', ') || 'none'} for the signatures of clients, and the private key signs by ${fitting.join(', ')}. ` +
      'Use another key, or set algorithm if the issuer takes more than it lists',
    { code: TokenManagerErrorCode.invalidCredentials },
  );
}

function unusable(problem: string): TokenManagerError {
  return new TokenManagerError(
    `The private key of privateKeyJwt cannot be used: ${problem}. Check the key, and the file that it comes from`,
    { code: TokenManagerErrorCode.invalidCredentials },
  );
}
