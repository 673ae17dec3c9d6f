import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JsonWebKeySet } from '../authorization/key-source.ts';
import { fetchJson } from '../server/fetch-json.ts';

/** A JSON Web Key Set, or the address of one. */
export type KeySetSource = JsonWebKeySet | string | URL;

/**
 * The keys that may have signed something with this `kid`: all, when it has none. A set at an address is read each time, so that it is
 * never out of date; over TLS the kit's own authority is trusted as well.
 *
 * @throws when the set cannot be had
 */
export async function keysOf(source: KeySetSource, kid: unknown): Promise<readonly KeyObject[]> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  const { keys } = isAddress ? ((await fetchJson(new URL(source))) as JsonWebKeySet) : source;
  return keys.filter((key) => kid === undefined || key['kid'] === kid).flatMap(importKey);
}

/** Keys of a kind that Node does not know are passed over. */
function importKey(jwk: JsonWebKey): readonly KeyObject[] {
  try {
    return [createPublicKey({ key: jwk, format: 'jwk' })];
  } catch {
    return [];
  }
}
