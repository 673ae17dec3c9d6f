import { createHash } from 'node:crypto';
import type { Claims } from './verify-jwt.ts';

/** A token as it may be shown: which one it is, but nothing that could be used. */
export interface SeenToken {
  /** 1 for the first token that came to the gateway, 2 for the next different one, and so on. */
  readonly number: number;
  /** `jti`, when the token's signature holds and it has one. */
  readonly id: string | undefined;
  /** `exp` in milliseconds since the epoch, when the token's signature holds and it has one. */
  readonly expiresAtMs: number | undefined;
}

/** Numbers tokens in the order in which they come, remembering no more than their digests. */
export class SeenTokens {
  readonly #numbers = new Map<string, number>();

  see(token: string | undefined, claims: Claims | undefined): SeenToken | undefined {
    if (token === undefined) return undefined;
    const digest = createHash('sha256').update(token).digest('base64');
    const number = this.#numbers.get(digest) ?? this.#numbers.size + 1;
    this.#numbers.set(digest, number);
    const { jti, exp } = claims ?? {};
    return {
      number,
      id: typeof jti === 'string' ? jti : undefined,
      expiresAtMs: typeof exp === 'number' ? exp * 1_000 : undefined,
    };
  }
}
