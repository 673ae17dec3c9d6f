import { resolveOptions, type TokenManagerOptions } from './options.ts';
import { RefreshedTokens } from './refreshed-tokens.ts';
import { TokenAttempts } from './token-attempts.ts';

/**
 * Keeps one access token: gets it with the client credentials grant (RFC 6749 section 4.4), shares it, and refreshes it before it
 * ends. At most one request is in flight, whoever asks.
 *
 * On its own it works on demand: a caller sets off what is due. {@link TokenManager.start} refreshes with no caller at all.
 */
export class TokenManager extends RefreshedTokens {
  /** @throws TypeError for options that are missing or contradict each other, RangeError for a number outside its range */
  constructor(options: TokenManagerOptions) {
    const settings = resolveOptions(options);
    super(settings, (hooks) => new TokenAttempts(settings, hooks));
  }
}
