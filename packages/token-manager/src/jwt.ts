import { dateMs, decodeJwt, isJsonObject, parseJson } from '@worker-auth/internal';

/** The dates of a JWT in milliseconds since the epoch, as far as it has them. */
export interface JwtDates {
  readonly expMs?: number | undefined;
  readonly iatMs?: number | undefined;
}

/** Parts of a JWS and of a JWE in compact form (RFC 7515 and RFC 7516, section 3.1 of each). */
const signedParts = 3;
const encryptedParts = 5;

/** How many bytes a signature has at least: RFC 7518 sections 3.2 to 3.5, RFC 8037 section 3.1. */
const signatureBytes: ReadonlyMap<unknown, number> = new Map([
  ...[256, 384, 512].flatMap((bits): [string, number][] => [
    [`HS${bits}`, bits / 8],
    [`RS${bits}`, 256],
    [`PS${bits}`, 256],
  ]),
  ['ES256', 64],
  ['ES384', 96],
  ['ES512', 132],
  ['EdDSA', 64],
]);

/**
 * The dates of a JWT, each on its own, so that one that cannot be read discards no other. The signature is not verified: the token
 * came from whom it is trusted of, and is only read for its dates.
 */
export function jwtDates(token: string): JwtDates {
  const { exp, iat } = decodeJwt(token)?.claims ?? {};
  return { expMs: dateMs(exp), iatMs: dateMs(iat) };
}

/** Whether `token` begins as a JWT does and does not end as one. `false` for what is no JWT at all. */
export function isCutJwt(token: string): boolean {
  const parts = token.split('.');
  const header = decoded(parts[0]);
  if (!header.startsWith('{')) return false;
  const fields = parseJson(header);
  if (!isJsonObject(fields)) return true;
  if (parts.length === encryptedParts) return parts.at(-1) === '';
  if (parts.length !== signedParts || !isJsonObject(parseJson(decoded(parts[1])))) return true;
  const signature = Buffer.from(parts[2] ?? '', 'base64url');
  return signature.length < (signatureBytes.get(fields['alg']) ?? 1);
}

function decoded(part = ''): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
