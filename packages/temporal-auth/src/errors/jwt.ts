import { isJsonObject, parseJson } from '@worker-auth/internal';
import { shown } from './kind-of-error.ts';

/** Header and payload of a JWT (RFC 7519), which nobody has verified. */
export type DecodedJwt = Readonly<Record<'header' | 'claims', Readonly<Record<string, unknown>>>>;

/** The token of a call that was refused, and what is known of it here. */
export interface SentToken {
  readonly token: string;
  /** The host's clock, in ms since the epoch. */
  readonly nowMs: number;
  /** Whether Temporal has accepted the token before. */
  readonly wasAccepted: boolean;
}

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

export function isExpired({ token, nowMs }: SentToken): boolean {
  return (dateMs(decodeJwt(token)?.claims['exp']) ?? Infinity) <= nowMs;
}

/** What a token says of itself beside the clocks of this host and the server, as sentences for a message about a refusal. */
export function saidOfToken(sent: SentToken, serverNowMs?: number): string {
  const { token, nowMs, wasAccepted } = sent;
  const claims = decodeJwt(token)?.claims ?? {};
  const times = ['iat', 'nbf', 'exp'].flatMap((name) => {
    const ms = dateMs(claims[name]);
    return ms === undefined ? [] : [`${name} ${new Date(ms).toISOString()}`];
  });
  const names = ['aud', 'iss']
    .filter((name) => claims[name] !== undefined)
    .map((name) => `${name} ${shown(JSON.stringify(claims[name]), [token])}`);
  const facts = [...times, ...names].join(', ');
  const atServer =
    serverNowMs === undefined ? '' : `, and ${new Date(serverNowMs).toISOString()} at the server`;
  const says =
    facts === '' ? '' : `It says: ${facts}; it is ${new Date(nowMs).toISOString()} here${atServer}. `;
  if (isExpired(sent)) return `${says}It had expired here too: another one is requested.`;
  return `${says}Temporal has ${wasAccepted ? 'accepted it before' : 'not accepted it yet'}.`;
}
