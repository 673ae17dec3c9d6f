import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { JsonWebKeySet } from '../authorization/key-source.ts';
import { readBody } from '../server/loopback-server.ts';
import { testCertificates } from '../tls/test-certificates.ts';

/** A JSON Web Key Set, or the address of one. */
export type KeySetSource = JsonWebKeySet | string | URL;

/** A key server that is silent for so long is given up. */
const patienceMs = 5_000;

/**
 * The keys that may have signed something with this `kid`: all, when it has none. A set at an address is read each time, so that it is
 * never out of date; over TLS the kit's own authority is trusted as well.
 *
 * @throws when the set cannot be had
 */
export async function keysOf(source: KeySetSource, kid: unknown): Promise<readonly KeyObject[]> {
  const isAddress = typeof source === 'string' || source instanceof URL;
  const { keys } = isAddress ? await fetchKeySet(new URL(source)) : source;
  return keys.filter((key) => kid === undefined || key['kid'] === kid).flatMap(importKey);
}

async function fetchKeySet(url: URL): Promise<JsonWebKeySet> {
  const options = { agent: false, timeout: patienceMs } as const;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? getHttps(url, { ...options, ca: [...rootCertificates, testCertificates().ca] }, resolve)
        : getHttp(url, options, resolve);
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error(`No answer for ${patienceMs} ms`)));
  });
  const body = await readBody(response);
  if (response.statusCode !== 200) throw new Error(`Status ${String(response.statusCode)}`);
  return JSON.parse(body) as JsonWebKeySet;
}

/** Keys of a kind that Node does not know are passed over. */
function importKey(jwk: JsonWebKey): readonly KeyObject[] {
  try {
    return [createPublicKey({ key: jwk, format: 'jwk' })];
  } catch {
    return [];
  }
}
