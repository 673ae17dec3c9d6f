import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';

/** RSA keys that no running server has: making one takes most of what a test with a server of its own does. */
const spare: KeyPairKeyObjectResult[] = [];

/** An RSA key of 2048 bits that no running server has. It may be that of a stopped server: give it a `kid` of its own. */
export function takeRsaKey(): KeyPairKeyObjectResult {
  return spare.pop() ?? generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/** The next server may have the key. */
export function returnRsaKey(key: KeyPairKeyObjectResult): void {
  spare.push(key);
}
