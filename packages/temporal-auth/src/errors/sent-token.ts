import { dateMs, decodeJwt } from './jwt.ts';
import { shown } from './kind-of-error.ts';

/** The token of a call that was refused, and what is known of it here. */
export interface SentToken {
  readonly token: string;
  /** The host's clock, in ms since the epoch. */
  readonly nowMs: number;
  /** Whether Temporal has accepted the token before. */
  readonly wasAccepted: boolean;
}

export function isExpired({ token, nowMs }: SentToken): boolean {
  const expMs = dateMs(decodeJwt(token)?.claims['exp']);
  return expMs !== undefined && expMs <= nowMs;
}

/** What a token says of itself beside what this host knows, as sentences for a message about a refusal. */
export function saidOfToken(sent: SentToken): string {
  const { token, nowMs, wasAccepted } = sent;
  const claims = decodeJwt(token)?.claims ?? {};
  const times = ['iat', 'nbf', 'exp'].flatMap((name) => {
    const ms = dateMs(claims[name]);
    return ms === undefined ? [] : [`${name} ${new Date(ms).toISOString()}`];
  });
  const names = ['aud', 'iss'].flatMap((name) => {
    const value = claims[name];
    return value === undefined ? [] : [`${name} ${shown(JSON.stringify(value), [token])}`];
  });
  const facts = [...times, ...names].join(', ');
  const says = facts === '' ? '' : `It says: ${facts}; it is ${new Date(nowMs).toISOString()} here. `;
  if (isExpired(sent)) return `${says}It had expired here too: another one is requested.`;
  return `${says}Temporal has ${wasAccepted ? 'accepted it before' : 'not accepted it yet'}.`;
}
