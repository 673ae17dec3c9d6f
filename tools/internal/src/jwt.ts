import { isJsonObject, parseJson } from './json.ts';

/** Header and payload of a JWT (RFC 7519), which nobody has verified. */
export type DecodedJwt = Readonly<Record<'header' | 'claims', Readonly<Record<string, unknown>>>>;

/** `undefined` for a token of another kind. The signature is left out, so that what is shown is no token. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.map((part) => parseJson(Buffer.from(part, 'base64url').toString('utf8')));
  return isJsonObject(header) && isJsonObject(claims) ? { header, claims } : undefined;
}

/** A NumericDate (RFC 7519 section 2) in milliseconds since the epoch; some servers write it as a string. `undefined` for anything else. */
export function dateMs(value: unknown): number | undefined {
  const isNumeric = typeof value === 'string' && /^\d{1,12}(?:\.\d{1,9})?$/.test(value.trim());
  const seconds = isNumeric ? Number(value) : value;
  return typeof seconds === 'number' && Math.abs(seconds) <= 8.64e12 ? seconds * 1_000 : undefined;
}
