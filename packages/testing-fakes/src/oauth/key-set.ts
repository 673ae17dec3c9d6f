import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JsonWebKeySet } from '../authorization/key-source.ts';
import { fetchJson } from '../server/fetch-json.ts';

/** A JSON Web Key Set, or the address of one. */
export type KeySetSource = JsonWebKeySet | string | URL;

/**
 * The keys that may have signed something with this `kid`: all, when it has none. A set at an address is read each time, so that it is
 * never out of date; over TLS the kit's own authority is trusted as well.
 *
 * @throws when the set cannot be read
 */
export async function keysOf(source: KeySetSource, kid: unknown): Promise<readonly KeyObject[]> {
  const keys = await read(source);
  return keys.filter((key) => kid === undefined || key['kid'] === kid).flatMap(importKey);
}

/**
 * The certificates (DER) of the keys themselves: the first of each `x5c` (RFC 7517 section 4.7).
 *
 * @throws when the set cannot be read
 */
export async function certificatesOf(source: KeySetSource): Promise<readonly Buffer[]> {
  const keys = await read(source);
  const first = keys.map(({ x5c }): unknown => (Array.isArray(x5c) ? x5c[0] : undefined));
  return first.filter((text) => typeof text === 'string').map((text) => Buffer.from(text, 'base64'));
}

async function read(source: KeySetSource): Promise<JsonWebKeySet['keys']> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  const { keys } = isAddress ? ((await fetchJson(new URL(source))) as JsonWebKeySet) : source;
  return keys;
}

/** Keys of a kind that Node does not know are passed over. */
function importKey(jwk: JsonWebKey): readonly KeyObject[] {
  try {
    return [createPublicKey({ key: jwk, format: 'jwk' })];
  } catch {
    return [];
  }
}
