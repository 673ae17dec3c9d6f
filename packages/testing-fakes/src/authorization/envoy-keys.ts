import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

export interface EnvoyKey {
  /** `''`: for tokens with any `kid`. */
  readonly kid: string;
  /** `''`: for tokens with any `alg`. */
  readonly alg: string;
  readonly kty: 'RSA' | 'EC' | 'OKP';
  readonly key: KeyObject;
}

/** What Envoy has of curves, by the kind of key. */
const curves: Readonly<Record<string, readonly unknown[]>> = {
  EC: ['P-256', 'P-384', 'P-521'],
  OKP: ['Ed25519'],
};

/**
 * Reads a key set as Envoy does: keys that it does not understand are passed over, and symmetric ones too.
 *
 * @throws TypeError when no key is left
 */
export function readEnvoyKeys(set: unknown): readonly EnvoyKey[] {
  const given = (set as { keys?: unknown } | null)?.keys;
  const keys = (Array.isArray(given) ? (given as readonly unknown[]) : []).flatMap(readKey);
  if (keys.length === 0) throw new TypeError('A key set is { keys: [...] }, with a key that Envoy can use');
  return keys;
}

function readKey(value: unknown): readonly EnvoyKey[] {
  if (typeof value !== 'object' || value === null) return [];
  const jwk = value as JsonWebKey;
  const { kty, crv } = jwk;
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return [];
  if (curves[kty]?.includes(crv) === false) return [];
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return [{ kid: textOf(jwk['kid']), alg: textOf(jwk['alg']), kty, key }];
  } catch {
    return [];
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
