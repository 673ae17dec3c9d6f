import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A key set cannot take longer than this; then the RPC that needs it is refused, as Temporal does without keys. */
const fetchTimeoutMs = 5_000;

/** A JSON Web Key Set (RFC 7517 section 5). Only keys with a `kid` are ever used, as in Temporal. */
export interface JsonWebKeySet {
  readonly keys: readonly JsonWebKey[];
}

/** The public keys that tokens are verified with, by their `kid`. */
export interface PublicKeys {
  /**
   * @returns the key, or `undefined` when the key set has no such `kid`
   * @throws when the key set cannot be had
   */
  get(keyId: string, signal: AbortSignal): Promise<KeyObject | undefined>;
}

/**
 * Keys from a key set that is given, or that is fetched: at the first token, and again whenever a token names a `kid` that
 * the set at hand does not have. One fetch serves all who wait for it.
 */
export function publicKeys(source: JsonWebKeySet | string | URL): PublicKeys {
  if (typeof source === 'string' || source instanceof URL) return new FetchedKeys(new URL(source));
  const keys = importKeys(source);
  return { get: (keyId) => Promise.resolve(keys.get(keyId)) };
}

class FetchedKeys implements PublicKeys {
  readonly #url: URL;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #fetching: Promise<void> | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  async get(keyId: string, signal: AbortSignal): Promise<KeyObject | undefined> {
    if (!this.#keys.has(keyId)) {
      this.#fetching ??= this.#fetch(signal).finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
    }
    return this.#keys.get(keyId);
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const response = await fetch(this.#url, {
      // An idle kept-alive connection would outlive the gateway and hold up the key server's own end.
      headers: { accept: 'application/json', connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]),
    });
    if (!response.ok) throw new Error(`The key set was answered with status ${response.status}`);
    this.#keys = importKeys((await response.json()) as JsonWebKeySet);
  }
}

/** Keys of a kind that Node cannot import are passed over, as Temporal does with all but RSA and EC. */
function importKeys(set: JsonWebKeySet): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const jwk of set.keys) {
    const key = importKey(jwk);
    if (typeof jwk['kid'] === 'string' && key !== undefined) keys.set(jwk['kid'], key);
  }
  return keys;
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}
