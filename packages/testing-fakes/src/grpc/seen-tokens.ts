import { text } from '../given/check-given.ts';
import { hash } from 'node:crypto';

/** A token as it may be shown: which one it is, but nothing that could be used. */
export interface SeenToken {
  /** 1 for the first token that came to the server, 2 for the next different one, and so on. */
  readonly number: number;
  /** {@link tokenFingerprint} of it. */
  readonly fingerprint: string;
  /** `jti`, when the token's signature holds and it has one. */
  readonly id: string | undefined;
  /** `exp` in milliseconds since the epoch, when the token's signature holds and it has one. */
  readonly expiresAtMs: number | undefined;
}

/** Numbers tokens in the order in which they come, remembering no more than their digests. */
export class SeenTokens {
  readonly #numbers = new Map<string, number>();

  /** A token as it may be shown before anything is known of it. */
  see(token: string | undefined): SeenToken | undefined {
    if (token === undefined) return undefined;
    const digest = sha256(token);
    const number = this.#numbers.get(digest) ?? this.#numbers.size + 1;
    this.#numbers.set(digest, number);
    return { number, fingerprint: fingerprintOf(digest), id: undefined, expiresAtMs: undefined };
  }
}

/** The same token with what its claims say. */
export function withClaims(
  token: SeenToken | undefined,
  { jti, exp }: Readonly<Record<string, unknown>> = {},
): SeenToken | undefined {
  return (
    token && {
      ...token,
      id: typeof jti === 'string' ? jti : undefined,
      expiresAtMs: typeof exp === 'number' ? exp * 1_000 : undefined,
    }
  );
}

/** The first 12 hexadecimal digits of a token's SHA-256: enough to tell tokens apart, of no use to who has not got the token. */
export function tokenFingerprint(token: string): string {
  text('token', token);
  return fingerprintOf(sha256(token));
}

/** What follows the scheme `Bearer` (in any case) and one space, or `undefined` when the header has another form. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer (.*)$/i.exec(authorization ?? '')?.[1];
}

function sha256(token: string): string {
  return hash('sha256', token);
}

function fingerprintOf(digest: string): string {
  return digest.slice(0, 12);
}
