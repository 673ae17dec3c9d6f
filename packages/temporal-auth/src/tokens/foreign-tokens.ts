import { callSafely } from '@worker-auth/internal';
import type { GetTokenOptions, TokenSource } from '@worker-auth/token-manager';
import { unusableToken } from '../errors/own-errors.ts';
import { translate } from '../errors/translate.ts';
import { visibleAscii } from '../settings/setting-reader.ts';
import type { TemporalTokens } from './temporal-tokens.ts';

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
      const { activeTokens: tokens } = this;
      throw translate(error, { tokens, signal: options.signal, source: 'token source' });
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
  return typeof token === 'string' && visibleAscii.test(token);
}
