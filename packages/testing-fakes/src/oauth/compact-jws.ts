import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';

/** The claims set of a JWT (RFC 7519 section 4), as it came. */
export type Claims = Readonly<Record<string, unknown>>;

/** A signed JWT (RFC 7515 section 7.1), taken apart and not verified. */
export interface CompactJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Claims;
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

/** The algorithms of asymmetric keys that are verified, each with the keys that it takes. */
const algorithms: ReadonlyMap<unknown, (key: KeyObject) => boolean> = new Map([
  ['RS256', (key: KeyObject) => key.asymmetricKeyType === 'rsa'],
  ['PS256', (key: KeyObject) => key.asymmetricKeyType === 'rsa'],
  ['ES256', (key: KeyObject) => key.asymmetricKeyDetails?.namedCurve === 'prime256v1'],
]);

export const asymmetricAlgorithms: readonly string[] = [...algorithms.keys()].map(String);

/** @returns `undefined` for what is no JWT */
export function parseJws(text: string): CompactJws | undefined {
  const [, header = '', claims = '', signature = ''] = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/.exec(text) ?? [];
  const [readHeader, readClaims] = [decode(header), decode(claims)];
  if (readHeader === undefined || readClaims === undefined) return undefined;
  return {
    header: readHeader,
    claims: readClaims,
    signingInput: Buffer.from(`${header}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Whether `key` made the signature, by the algorithm of the header. */
export function isSignedBy({ header, signingInput, signature }: CompactJws, key: KeyObject): boolean {
  if (algorithms.get(header['alg'])?.(key) !== true) return false;
  const padding = header['alg'] === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const options =
    key.asymmetricKeyType === 'rsa'
      ? { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key, dsaEncoding: 'ieee-p1363' as const };
  return verify('sha256', signingInput, options, signature);
}

/** Whether `secret` made the signature, by HS256. */
export function isAuthenticatedBy({ header, signingInput, signature }: CompactJws, secret: string): boolean {
  if (header['alg'] !== 'HS256') return false;
  const expected = createHmac('sha256', secret).update(signingInput).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}
