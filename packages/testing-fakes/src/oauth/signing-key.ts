import {
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomUUID,
  sign,
} from 'node:crypto';
import { anything, oneOf, recordOf, withMethods } from '../given/check-given.ts';

/** The algorithms that Temporal takes (RFC 7518 section 3). */
export type SigningAlgorithm = 'RS256' | 'ES256';

/** A public key as a JWKS lists it (RFC 7517). */
export interface PublicJwk extends JsonWebKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

const keyCheck = withMethods('export');
const algorithmCheck = oneOf(['RS256', 'ES256'] satisfies SigningAlgorithm[]);

/** A key that signs JWTs: RSA of 2048 bits for RS256, P-256 for ES256. */
export class SigningKey {
  readonly kid: string = randomUUID();
  readonly alg: SigningAlgorithm;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  /**
   * Makes a key with a random `kid`.
   *
   * @param alg default `RS256`
   * @param pair of the kind that `alg` needs; default a new one
   * @throws TypeError for another algorithm, and for what is no pair of keys
   */
  constructor(alg: SigningAlgorithm = 'RS256', pair: KeyPairKeyObjectResult = newKeyPair(alg)) {
    algorithmCheck('alg', alg);
    recordOf(anything)('pair', pair);
    const { privateKey, publicKey } = pair;
    keyCheck('pair.privateKey', privateKey);
    keyCheck('pair.publicKey', publicKey);
    this.alg = alg;
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  get publicKey(): KeyObject {
    return this.#publicKey;
  }

  get publicJwk(): PublicJwk {
    return { ...this.#publicKey.export({ format: 'jwk' }), kid: this.kid, alg: this.alg, use: 'sig' };
  }

  /** A compact JWS over `claims`; `header` adds to, or replaces, `alg`, `typ` and `kid`. */
  signJwt(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
    recordOf(anything)('claims', claims);
    recordOf(anything)('header', header);
    const parts = [{ alg: this.alg, typ: 'JWT', kid: this.kid, ...header }, claims];
    const signingInput = parts
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    // A JWS holds r and s one after the other (RFC 7518 section 3.4); RSA has no such choice.
    const key = { key: this.#privateKey, dsaEncoding: 'ieee-p1363' as const };
    const signature = sign('sha256', Buffer.from(signingInput), key);
    return `${signingInput}.${signature.toString('base64url')}`;
  }
}

function newKeyPair(alg: SigningAlgorithm): KeyPairKeyObjectResult {
  return alg === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
