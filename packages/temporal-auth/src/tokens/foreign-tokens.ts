import { callSafely } from '@worker-auth/internal';
import type { GetTokenOptions, TokenSource } from '@worker-auth/token-manager';
import { unusableToken } from '../errors/own-errors.ts';
import { foreignFailure } from '../errors/translate.ts';
import type { TemporalTokens } from './temporal-tokens.ts';

/** Characters that a header can hold (RFC 9110 section 5.5, without white space). */
const usable = /^[\x21-\x7e]+$/;

/** A token source of the user's own: what it throws gets a class and a code, and nothing but a usable token gets through. */
export class ForeignTokens implements TemporalTokens {
  readonly #source: TokenSource;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  get activeTokens(): readonly string[] {
    return [this.peek() ?? []].flat();
  }

  /** @throws AuthenticationError for what is no token; ConnectivityError, or the class of its `kind`, for what the source throws; the signal's reason */
  async getToken(options: GetTokenOptions = {}): Promise<string> {
    let token: unknown;
    try {
      token = await this.#source.getToken(options);
    } catch (error) {
      throw foreignFailure(error, 'token source', { tokens: this.activeTokens, signal: options.signal });
    }
    if (!isUsable(token)) throw unusableToken();
    return token;
  }

  peek(): string | undefined {
    const token: unknown = callSafely(() => this.#source.peek(), undefined);
    return isUsable(token) ? token : undefined;
  }

  subscribe(listener: (token: string) => void): () => void {
    const hear = (token: unknown): void => {
      if (isUsable(token)) listener(token);
    };
    const unsubscribe = callSafely<(() => void) | undefined>(() => this.#source.subscribe(hear), undefined);
    return () => {
      // It may be no function at all.
      callSafely(() => unsubscribe?.(), undefined);
    };
  }
}

function isUsable(token: unknown): token is string {
  return typeof token === 'string' && usable.test(token);
}
