import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** The keys of a set that Temporal can use, by their `kid`; of two with the same one, the later counts. */
export interface TemporalKeys {
  readonly rsa: ReadonlyMap<string, KeyObject>;
  readonly ec: ReadonlyMap<string, KeyObject>;
}

const ellipticCurves: readonly unknown[] = ['P-256', 'P-384', 'P-521'];

/**
 * Reads a key set as Temporal does (go-jose 4.1): a key that is not understood spoils the whole set. Symmetric and Ed25519 keys are
 * understood, and not used.
 *
 * @throws TypeError that names the key
 */
export function readTemporalKeys(set: unknown): TemporalKeys {
  const keys = { rsa: new Map<string, KeyObject>(), ec: new Map<string, KeyObject>() };
  for (const jwk of keysOf(set)) {
    const kid = jwk['kid'] ?? '';
    const kind = kindOf(jwk);
    if (kind === undefined || typeof kid !== 'string') throw spoilt(kid);
    if (kind !== 'unused') keys[kind].set(kid, importKey(jwk, kid));
  }
  return keys;
}

function keysOf(set: unknown): readonly JsonWebKey[] {
  const keys = isObject(set) ? (set['keys'] ?? []) : undefined;
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new TypeError('A key set is { keys: [...] }');
  return keys;
}

function kindOf({ kty, crv, k }: JsonWebKey): 'rsa' | 'ec' | 'unused' | undefined {
  if (kty === 'RSA') return 'rsa';
  if (kty === 'EC' && ellipticCurves.includes(crv)) return 'ec';
  return (kty === 'oct' && typeof k === 'string') || (kty === 'OKP' && crv === 'Ed25519')
    ? 'unused'
    : undefined;
}

function importKey(jwk: JsonWebKey, kid: string): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw spoilt(kid);
  }
}

function spoilt(kid: unknown): TypeError {
  return new TypeError(`Temporal does not take a key set with such a key as ${JSON.stringify(kid)}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
