import { handled } from '@worker-auth/internal';
import type { ConnectionVerdicts, TokenReplacement } from './token-replacement.ts';
import type { ScopeVerdicts } from './verdicts.ts';

/** How often calls let the source see whether its token is due, in ms: asking at each call would cost more than the call's token. */
const refreshMs = 500;

/** Their answers say nothing of a token: none is needed. */
export const freeMethods = /\/(?:GetSystemInfo|Check|Watch)$/;

/** Gives the calls of one client connection their tokens, as the verdicts say, and reports to those what became of the calls. */
export class CallTokens {
  /** Tokens that each call was rejected with. Calls are known by their options: Temporal's retries give each attempt of a call the same. */
  readonly tried = new WeakMap<object, readonly string[]>();
  readonly replacement: TokenReplacement;
  readonly #verdicts: ConnectionVerdicts;
  #nextRefreshMs = -Infinity;

  constructor(replacement: TokenReplacement) {
    this.replacement = replacement;
    this.#verdicts = replacement.connection();
  }

  scope(namespace: string, method: string): ScopeVerdicts {
    return this.#verdicts.scope(namespace, method);
  }

  forget(namespace: string, method: string): void {
    this.#verdicts.forget(namespace, method);
  }

  /** The token for a call that is sent now; `undefined` while there is no valid one. */
  next(scope: ScopeVerdicts): string | undefined {
    const { tokens, clock } = this.replacement;
    const newest = tokens.peek();
    if (newest === undefined || scope.accepts(newest)) return newest;
    const { known } = this.replacement;
    return known && scope.next(known, clock.monotonicNow());
  }

  /** A call is sent with the token, which is refreshed behind the calls when that is due. */
  sent(scope: ScopeVerdicts, token: string): void {
    const { tokens, clock } = this.replacement;
    const nowMs = clock.monotonicNow();
    if (nowMs >= this.#nextRefreshMs) {
      this.#nextRefreshMs = nowMs + refreshMs;
      void handled(tokens.getToken());
    }
    if (!scope.accepts(token)) this.replacement.sent(scope, token);
  }

  accepted(scope: ScopeVerdicts, method: string, token: string, sentMs: number): void {
    if (!freeMethods.test(method)) this.replacement.accepted(scope, token, sentMs);
  }

  /** A call was rejected with the last of `tried`. Returns the token to send it with again; `undefined` when there is none. */
  rejected(
    scope: ScopeVerdicts,
    tried: readonly string[],
    sentMs: number,
  ): Promise<string | undefined> | undefined {
    const another = this.replacement.rejected(scope, tried, sentMs);
    const again = (): string | undefined => {
      const { known, clock } = this.replacement;
      return known && scope.again(tried, known, clock.monotonicNow());
    };
    if (another !== undefined) return another.then(again, again);
    const token = again();
    return token === undefined ? undefined : Promise.resolve(token);
  }
}
