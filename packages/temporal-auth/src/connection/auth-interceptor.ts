import type { Interceptor } from '@grpc/grpc-js';
import { checkOptions, type Clock, systemClock } from '@worker-auth/internal';
import type { TokenSource } from '@worker-auth/token-manager';
import { ForeignTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { AuthenticatedCall } from './authenticated-call.ts';
import { CallTokens } from '@worker-auth/calls/tokens/call-tokens';

/** Settings of {@link authInterceptor}. */
export interface AuthInterceptorOptions {
  /** Time for deadlines and for the waits between rejected tokens. Default: the host's. */
  readonly clock?: Clock | undefined;
}

const ours = new WeakSet<Interceptor>();

/**
 * An interceptor of grpc-js, for Temporal's client connection among others, that puts a bearer token on every call:
 *
 * - It reads the token again for each attempt, when it stands behind the interceptor that repeats calls.
 * - A call that finds no valid token waits for one, until its deadline, or until it is cancelled. When the source says that it has
 *   none, the call fails at once.
 * - A unary call that is rejected (PERMISSION_DENIED or UNAUTHENTICATED) is sent again with another token, three times in all. All calls that were
 *   rejected with a token share one request for another, on all connections with this source; a call that is rejected with each of them is its
 *   caller's. A new token that is rejected is tried again later: meanwhile calls carry the one that was accepted before.
 * - A call with authorization of its own (`withApiKey`, `withMetadata`) is left alone.
 *
 * A call without a token ends with the gRPC status UNAUTHENTICATED (16), or DEADLINE_EXCEEDED (4) when its time has passed, or CANCELLED (1).
 * The error that grpc-js makes of the first two has a `TemporalAuthError` as its `cause`, with `code`, `retryable` and `retryInMs`.
 *
 * Give it as the last of `interceptors`, after Temporal's own, and no `apiKey`:
 *
 * ```ts
 * Connection.lazy({
 *   interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), authInterceptor(tokens)],
 * });
 * ```
 *
 * @param tokens a `TokenManager`, an `AtlanAuthClient`, or a source of one's own
 * @throws TypeError for an option that there is not, with the nearest name
 */
export function authInterceptor(tokens: TokenSource, options: AuthInterceptorOptions = {}): Interceptor {
  checkOptions('authInterceptor', options, { clock: true });
  const { clock = systemClock } = options;
  return interceptorOver(new TokenReplacement(new ForeignTokens(tokens, clock), clock));
}

/**
 * The same; callers who have the same `replacement` asks for other tokens together.
 *
 * @param guard looks at each call once it has its token
 */
export function interceptorOver(replacement: TokenReplacement, guard?: Interceptor): Interceptor {
  const tokens = new CallTokens(replacement);
  const interceptor: Interceptor = (options, nextCall) => {
    const next = guard === undefined ? nextCall : (one: typeof options) => guard(one, nextCall);
    return new AuthenticatedCall(options, next, tokens);
  };
  ours.add(interceptor);
  return interceptor;
}

/** Whether {@link authInterceptor} made it. */
export function isAuthInterceptor(interceptor: Interceptor): boolean {
  return ours.has(interceptor);
}
