import { withDeadline } from '@worker-auth/internal';
import { elapsedMs, readInstant, systemClock } from '@worker-auth/refresh-scheduler';
import type { ClientAssertion } from './client-auth.ts';
import { TokenManagerErrorCode, TokenRequestError, type TokenRequestErrorOptions } from '../errors.ts';
import { isCutJwt, jwtDates } from '../jwt.ts';

/** Deadline of one request for an assertion, in milliseconds. */
const timeoutMs = 10_000;

/** An assertion is not given any more so long before its end, in milliseconds, or a fifth of its life before. */
const marginMs = 30_000;

/**
 * An assertion of a platform's identity service. It is asked for another one shortly before the last one ends, and when the server has rejected
 * that. One without an end (`exp`) is asked for each time.
 *
 * @param service for messages: "No identity from …"
 */
export function cachedAssertion(
  service: string,
  read: (signal: AbortSignal) => Promise<string | undefined>,
): ClientAssertion {
  let last = '';
  let usable = { since: readInstant(systemClock), forMs: 0 };
  return async ({ rejectedAssertion, signal }) => {
    const isUsable = elapsedMs(systemClock, usable.since) < usable.forMs;
    if (isUsable && last !== rejectedAssertion) return last;
    const since = readInstant(systemClock);
    const problem = `it did not answer within ${timeoutMs / 1_000} s. Check that this runs on that platform`;
    const timeoutError = (): TokenRequestError =>
      identityError(service, problem, { code: TokenManagerErrorCode.timedOut });
    const given = await withDeadline(read, { clock: systemClock, timeoutMs, signal, timeoutError });
    if (given === undefined || !given.includes('.') || isCutJwt(given)) {
      const code = TokenManagerErrorCode.invalidCredentials;
      throw identityError(service, 'what it answered has no JWT', { code });
    }
    const lifeMs = (jwtDates(given).expMs ?? since.wallMs) - since.wallMs;
    usable = { since, forMs: lifeMs - Math.min(marginMs, lifeMs / 5) };
    return (last = given);
  };
}

/** No assertion, and why. */
export function identityError(
  service: string,
  problem: string,
  options: TokenRequestErrorOptions,
): TokenRequestError {
  return new TokenRequestError(`No identity from ${service}: ${problem}`, options);
}
