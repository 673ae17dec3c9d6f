import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { returnRsaKey, takeRsaKey } from './rsa-keys.ts';

/** The algorithms that Temporal takes (RFC 7518 section 3). */
export type SigningAlgorithm = 'RS256' | 'ES256';

/** A public key as a JWKS lists it (RFC 7517). */
export interface PublicJwk extends JsonWebKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

/** Gives the key's RSA key to the next server. It goes on signing. */
export let release: (key: SigningKey) => void;

/** A key that signs JWTs: RSA of 2048 bits for RS256, P-256 for ES256. */
export class SigningKey {
  static {
    release = (key) => {
      if (key.alg !== 'RS256') return;
      returnRsaKey({ privateKey: key.#privateKey, publicKey: key.#publicKey });
    };
  }

  readonly kid: string = randomUUID();
  readonly alg: SigningAlgorithm;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  /** @param alg default `RS256` */
  constructor(alg: SigningAlgorithm = 'RS256') {
    const pair = alg === 'RS256' ? takeRsaKey() : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.alg = alg;
    this.#privateKey = pair.privateKey;
    this.#publicKey = pair.publicKey;
  }

  get publicKey(): KeyObject {
    return this.#publicKey;
  }

  get publicJwk(): PublicJwk {
    return { ...this.#publicKey.export({ format: 'jwk' }), kid: this.kid, alg: this.alg, use: 'sig' };
  }

  /** A compact JWS over `claims`; `header` adds to, or replaces, `alg`, `typ` and `kid`. */
  signJwt(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
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
