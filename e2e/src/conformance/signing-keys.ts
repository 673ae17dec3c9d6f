import { constants, generateKeyPairSync, type KeyObject, createHmac, sign } from 'node:crypto';

/** Header and claims of a JWT, of any shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed25519 = generateKeyPairSync('ed25519');

/** The keys that the servers are given: of every kind, with their `kid`. */
export const keySet = {
  keys: [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' },
    { ...p256.publicKey.export({ format: 'jwk' }), kid: 'p256', use: 'sig' },
    { ...p384.publicKey.export({ format: 'jwk' }), kid: 'p384', use: 'sig' },
    { ...ed25519.publicKey.export({ format: 'jwk' }), kid: 'ed25519', use: 'sig' },
  ],
};

/** The same without one of them. */
export function keySetWithout(kid: string): unknown {
  return { keys: keySet.keys.filter((key) => key.kid !== kid) };
}

/** How a token is signed, by the name of its `alg`. */
const signers: Readonly<Record<string, (data: Buffer) => Buffer>> = {
  RS256: (data) => sign('sha256', data, rsa.privateKey),
  RS512: (data) => sign('sha512', data, rsa.privateKey),
  PS256: (data) => sign('sha256', data, { key: rsa.privateKey, ...pss }),
  ES256: (data) => signEllipticCurve('sha256', data, p256.privateKey),
  ES384: (data) => signEllipticCurve('sha384', data, p384.privateKey),
  'ES256 by P-384': (data) => signEllipticCurve('sha256', data, p384.privateKey),
  EdDSA: (data) => sign(null, data, ed25519.privateKey),
  // With the text of the public key as the secret: what a verifier falls for that takes `alg` from the token.
  HS256: (data) =>
    createHmac('sha256', rsa.publicKey.export({ format: 'pem', type: 'spki' }))
      .update(data)
      .digest(),
  none: () => Buffer.alloc(0),
  foreign: (data) => sign('sha256', data, foreign.privateKey),
};

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** @param signer one of the names above */
export function signJwt(signer: string, header: JsonObject, claims: string): string {
  const data = `${encode(JSON.stringify(header))}.${encode(claims)}`;
  return `${data}.${encode(signers[signer]?.(Buffer.from(data)) ?? '')}`;
}

export function encode(content: string | Buffer): string {
  return Buffer.from(content).toString('base64url');
}

function signEllipticCurve(hash: string, data: Buffer, key: KeyObject): Buffer {
  return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
}
