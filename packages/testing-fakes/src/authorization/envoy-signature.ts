import { constants, verify } from 'node:crypto';
import type { EnvoyJwt } from './envoy-jwt.ts';
import type { EnvoyKey } from './envoy-keys.ts';
import { EnvoyRejection } from './envoy-rejection.ts';
import { isSignedBy } from './signature-cache.ts';

const ed25519SignatureBytes = 64;
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };

/**
 * Finds the key that a token is signed with, as Envoy does: every key whose `kid` and `alg` do not speak against it is tried.
 *
 * @throws EnvoyRejection with Envoy's text
 */
export function verifyEnvoyJwt(token: string, jwt: EnvoyJwt, keys: readonly EnvoyKey[]): void {
  const candidates = keys.filter(
    ({ kid, alg }) => (kid === '' || jwt.kid === '' || kid === jwt.kid) && (alg === '' || alg === jwt.alg),
  );
  if (candidates.length === 0) {
    throw new EnvoyRejection('unknown-key', "Jwks doesn't have key to match kid or alg from Jwt");
  }
  if (!candidates.some((one) => isSignedBy(one.key, token, () => holds(jwt, one)))) {
    throw new EnvoyRejection('bad-signature', 'Jwt verification fails');
  }
}

/** Of `alg` only the kind of RSA padding and the hash count; SHA-256 stands for what does not fit the kind of key. */
function holds({ alg, signed, signature }: EnvoyJwt, { kty, key }: EnvoyKey): boolean {
  const hash = `sha${/^(?:[RPEH]S)(384|512)$/.exec(alg)?.[1] ?? '256'}`;
  switch (kty) {
    case 'RSA':
      if (alg.startsWith('RS')) return verify(hash, signed, key, signature);
      return alg.startsWith('PS') && verify(hash, signed, { key, ...pss }, signature);
    case 'EC':
      return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'OKP':
      if (signature.length !== ed25519SignatureBytes) {
        throw new EnvoyRejection('bad-signature', 'Jwt ED25519 signature is wrong length');
      }
      return verify(undefined, signed, key, signature);
  }
}
