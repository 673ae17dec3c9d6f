import type { TokenManagerOptions } from '../options.ts';
import { RefreshedTokens } from './refreshed-tokens.ts';
import { resolveOptions } from '../settings.ts';
import { TokenAttempts } from './token-attempts.ts';

/**
 * Keeps one access token of the client credentials grant (RFC 6749 section 4.4), shares it, and refreshes it before it ends.
 *
 * - On its own it works on demand: a caller sets off what is due. {@link TokenManager.start} refreshes with no caller at all.
 * - At most one request is in flight, for all callers together. A valid token is served while its successor is requested.
 * - A client that the server rejects has its credentials read again every few seconds. The server is asked again when they changed, and rarely
 *   while they did not.
 * - No secret and no token is in an error, an event or what `util.inspect` shows.
 * - It has one grant, one client and one scope. For another grant implement a `TokenSource`; for another scope make a second manager.
 */
export class TokenManager extends RefreshedTokens {
  /**
   * Makes a manager, which requests nothing before `start()` or the first `getToken()`.
   *
   * @throws TypeError for options that are missing or contradict each other, RangeError for a number outside its range
   */
  constructor(options: TokenManagerOptions) {
    const settings = resolveOptions(options);
    super(settings, (hooks) => new TokenAttempts(settings, hooks));
  }
}
