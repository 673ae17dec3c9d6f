import { text } from '../given/check-given.ts';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { returnRsaKey, takeRsaKey } from './rsa-keys.ts';
import { type PublicJwk, type SigningAlgorithm, SigningKey } from './signing-key.ts';

/** One of a server's keys, as a test sees it. */
export interface SigningKeyState {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Whether the JWKS lists it; `withdrawn`: no longer. */
  readonly state: 'published' | 'unpublished' | 'withdrawn';
  /** Whether tokens are signed with it now. */
  readonly isCurrent: boolean;
}

/** What happens to the keys when `MockOAuthServer.rotateSigningKey` makes a new one. */
export interface KeyRotation {
  /** Whether the JWKS goes on listing the old keys; if not, they are withdrawn. Default true. */
  readonly keepOld?: boolean;
  /** Of the new key. Default that of the key before. */
  readonly alg?: SigningAlgorithm;
  /** Whether the JWKS lists the new key at once. Default true. */
  readonly publish?: boolean;
}

interface HeldKey {
  readonly key: SigningKey;
  readonly rsaKey: KeyPairKeyObjectResult | undefined;
  readonly state: SigningKeyState['state'];
}

/** The keys that a server has signed with, withdrawn ones too, and the one that it signs with now. */
export class KeyRing {
  readonly #keys = new Map<string, HeldKey>();
  #current: SigningKey;
  #foreign: SigningKey | undefined;
  #isReleased = false;

  constructor(alg: SigningAlgorithm) {
    this.#current = this.#add(alg, true);
  }

  /** What the JWKS lists, oldest first. */
  get publicJwks(): readonly PublicJwk[] {
    return [...this.#keys.values()]
      .filter(({ state }) => state === 'published')
      .map(({ key }) => key.publicJwk);
  }

  /** All keys, oldest first. */
  get states(): readonly SigningKeyState[] {
    return [...this.#keys.values()].map(({ key, state }) => ({
      kid: key.kid,
      alg: key.alg,
      state,
      isCurrent: key === this.#current,
    }));
  }

  get current(): SigningKey {
    return this.#current;
  }

  /** A key that is none of the server's. */
  get foreign(): SigningKey {
    return (this.#foreign ??= new SigningKey(this.#current.alg));
  }

  /** @throws RangeError when there is no such key */
  get(kid: string): SigningKey {
    return this.#held(kid).key;
  }

  /** @returns the new key's `kid` */
  rotate({ keepOld = true, alg = this.#current.alg, publish = true }: KeyRotation): string {
    if (!keepOld) for (const kid of this.#keys.keys()) this.set(kid, 'withdrawn');
    this.#current = this.#add(alg, publish);
    return this.#current.kid;
  }

  /** @throws RangeError when there is no such key */
  set(kid: string, state: HeldKey['state']): void {
    text('kid', kid);
    this.#keys.set(kid, { ...this.#held(kid), state });
  }

  /** The server has stopped: another one may have the RSA keys, under a `kid` of its own. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const { rsaKey } of this.#keys.values()) if (rsaKey !== undefined) returnRsaKey(rsaKey);
  }

  #held(kid: string): HeldKey {
    const held = this.#keys.get(kid);
    if (held === undefined) throw new RangeError(`The server has no key ${kid}`);
    return held;
  }

  #add(alg: SigningAlgorithm, publish: boolean): SigningKey {
    const rsaKey = alg === 'RS256' ? takeRsaKey() : undefined;
    const key = new SigningKey(alg, rsaKey);
    this.#keys.set(key.kid, { key, rsaKey, state: publish ? 'published' : 'unpublished' });
    return key;
  }
}
