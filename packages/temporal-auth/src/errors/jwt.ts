import { isJsonObject, parseJson } from '@worker-auth/internal';

/** Header and payload of a JWT (RFC 7519), which nobody has verified. */
export type DecodedJwt = Readonly<Record<'header' | 'claims', Readonly<Record<string, unknown>>>>;

/** `undefined` for a token of another kind. The signature is left out, so that what is shown is no token. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.map((part) => parseJson(Buffer.from(part, 'base64url').toString('utf8')));
  return isJsonObject(header) && isJsonObject(claims) ? { header, claims } : undefined;
}

/** A NumericDate (RFC 7519 section 2) in milliseconds since the epoch; `undefined` for anything else. */
export function dateMs(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= 8.64e12 ? value * 1_000 : undefined;
}
