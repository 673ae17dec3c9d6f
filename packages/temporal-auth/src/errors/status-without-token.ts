import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { TemporalAuthError, TemporalAuthErrorCode } from './temporal-auth-error.ts';
import { translate } from './translate.ts';

/**
 * How a call ends that was not sent, since there is no token for it. grpc-js copies the cause too into the error that the caller gets.
 *
 * No other code than UNAUTHENTICATED, whatever the reason: Temporal's client repeats what is UNAVAILABLE, for 20 s, and the token source
 * has its own times for that.
 */
export function statusWithoutToken(error: unknown): StatusObject & { readonly cause: unknown } {
  const cause = translate(error, { tokens: [] }) as Error;
  const isLate = cause instanceof TemporalAuthError && cause.code === TemporalAuthErrorCode.noValidToken;
  const code = isLate ? status.DEADLINE_EXCEEDED : status.UNAUTHENTICATED;
  return { code, details: cause.message, metadata: new Metadata(), cause };
}
