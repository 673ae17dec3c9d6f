import { constants, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseEnvoyJwt } from '../../src/authorization/envoy-jwt.ts';
import { readEnvoyKeys } from '../../src/authorization/envoy-keys.ts';
import { verifyEnvoyJwt } from '../../src/authorization/envoy-signature.ts';

interface Signer {
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly sign: (alg: string, signed: Buffer) => Buffer;
}

function jwkOf(key: KeyObject): Readonly<Record<string, unknown>> {
  return { ...key.export({ format: 'jwk' }) };
}

const hashOf = (alg: string): string => `sha${/\d+/.exec(alg)?.[0] ?? '256'}`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');

function elliptic(namedCurve: string): Signer {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    jwk: jwkOf(publicKey),
    sign: (alg, signed) => sign(hashOf(alg), signed, { key, dsaEncoding: 'ieee-p1363' }),
  };
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const signers = {
  RSA: {
    jwk: jwkOf(rsa.publicKey),
    sign: (alg, signed) =>
      sign(hashOf(alg), signed, { key: rsa.privateKey, ...(alg.startsWith('PS') && pss) }),
  },
  'P-256': elliptic('P-256'),
  'P-384': elliptic('P-384'),
  'P-521': elliptic('P-521'),
  Ed25519: {
    jwk: jwkOf(ed25519.publicKey),
    sign: (_alg, signed) => sign(undefined, signed, ed25519.privateKey),
  },
} satisfies Record<string, Signer>;

type Kind = keyof typeof signers;

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function tokenOf(
  kind: Kind,
  header: { readonly alg: string; readonly kid?: string },
  signedAs = header.alg,
): string {
  const signed = `${encode(header)}.${encode({ nonce: randomBytes(8).toString('hex') })}`;
  return `${signed}.${signers[kind].sign(signedAs, Buffer.from(signed)).toString('base64url')}`;
}

/** What Envoy says to a token. */
function verdict(token: string, ...keys: readonly object[]): string {
  try {
    verifyEnvoyJwt(token, parseEnvoyJwt(token), readEnvoyKeys({ keys }));
    return 'good';
  } catch (error) {
    const { reason, message } = error as Error & { readonly reason: string };
    return `${reason}: ${message}`;
  }
}

const bad = 'bad-signature: Jwt verification fails';
const unknown = "unknown-key: Jwks doesn't have key to match kid or alg from Jwt";

describe('a signature before Envoy', () => {
  it.each([
    ['RSA', 'RS256'],
    ['RSA', 'RS384'],
    ['RSA', 'RS512'],
    ['RSA', 'PS256'],
    ['RSA', 'PS384'],
    ['RSA', 'PS512'],
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
    ['Ed25519', 'EdDSA'],
  ] as const)('of %s is good by %s, and no longer when a byte is another', (kind, alg) => {
    const token = tokenOf(kind, { alg });
    const { jwk } = signers[kind];
    expect(verdict(token, jwk)).toBe('good');
    const [head, payload, signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    expect(verdict(`${head ?? ''}.${payload ?? ''}.${bytes.toString('base64url')}`, jwk)).toBe(bad);
  });

  it.each([
    ['P-256', 'EdDSA', 'ES256'],
    ['P-256', 'RS384', 'ES384'],
  ] as const)('of %s is good whatever family %s is of: the hash alone counts', (kind, alg, signedAs) => {
    expect(verdict(tokenOf(kind, { alg }, signedAs), signers[kind].jwk)).toBe('good');
  });

  it('has the length of its kind', () => {
    const [head, payload] = tokenOf('Ed25519', { alg: 'EdDSA' }).split('.');
    const short = `${head ?? ''}.${payload ?? ''}.AQI`;
    expect(verdict(short, signers.Ed25519.jwk)).toBe('bad-signature: Jwt ED25519 signature is wrong length');
  });
});

describe('the key of a token before Envoy', () => {
  const { jwk } = signers.RSA;

  it.each([
    [{ kid: 'a' }, 'a', 'good'],
    [{ kid: 'a' }, 'b', unknown],
    [{ kid: 'a' }, undefined, 'good'],
    [{}, 'b', 'good'],
    [{ alg: 'RS256' }, 'a', 'good'],
    [{ alg: 'RS384' }, 'a', unknown],
    [{ kid: 'a', alg: 'RS384' }, 'a', unknown],
    [{ kid: 1, alg: 1 }, 'a', 'good'],
  ] as const)('%j takes kid %s: %s', (more, kid, expected) => {
    const token = tokenOf('RSA', { alg: 'RS256', ...(kid !== undefined && { kid }) });
    expect(verdict(token, { ...jwk, ...more })).toBe(expected);
  });
});

describe('a key set of Envoy', () => {
  const { jwk } = signers.RSA;

  it('has the keys that it can use', () => {
    const { x, ...without } = signers['P-256'].jwk as { x: string };
    const useless = [
      null,
      'key',
      5,
      { kty: 'RSA' },
      { kty: 'oct', k: 'AQI' },
      { ...jwk, kty: 'DSA' },
      { ...signers['P-256'].jwk, crv: 'secp256k1' },
      { ...signers.Ed25519.jwk, crv: 'X25519' },
      without,
    ];
    const keys = readEnvoyKeys({ keys: [...useless, ...Object.values(signers).map((signer) => signer.jwk)] });
    expect(keys.map(({ kty, kid, alg }) => `${kty}${kid}${alg}`)).toEqual([
      'RSA',
      ...['EC', 'EC', 'EC'],
      'OKP',
    ]);
    expect(x).toBeTypeOf('string');
    expect(readEnvoyKeys({ keys: [{ ...jwk, kid: 'k', alg: 'RS256' }] })).toMatchObject([
      { kid: 'k', alg: 'RS256', kty: 'RSA' },
    ]);
  });
});
