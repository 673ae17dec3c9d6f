import { httpDateMs } from './server-time.ts';

/** Smaller numbers in a reset header are seconds from now; no server counts an epoch that is this young. */
const epochThresholdSeconds = 1_000_000_000;

/**
 * How long a refusal asks the client to stay away, in milliseconds, or `undefined` when it does not say.
 *
 * - `Retry-After`: seconds, or an HTTP date (RFC 9110 section 10.2.3).
 * - `X-RateLimit-Reset` (Auth0) and `X-Rate-Limit-Reset` (Okta), of a 429 alone since other answers have them too: the
 *   second of the epoch at which the limit ends, or seconds from now.
 *
 * Moments are compared with the server's own `Date` header when there is one: its clock need not agree with ours.
 *
 * @param wallNowMs the host's wall clock, milliseconds since the epoch
 */
export function retryAfterMs(status: number, headers: Headers, wallNowMs: number): number | undefined {
  const serverNowMs = httpDateMs(headers.get('date')) ?? wallNowMs;
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) {
    const momentMs = httpDateMs(retryAfter);
    return seconds(retryAfter) ?? (momentMs === undefined ? undefined : Math.max(0, momentMs - serverNowMs));
  }
  const reset = headers.get('x-ratelimit-reset') ?? headers.get('x-rate-limit-reset');
  const resetMs = status === 429 && reset !== null ? seconds(reset) : undefined;
  if (resetMs === undefined || resetMs < epochThresholdSeconds * 1_000) return resetMs;
  return Math.max(0, resetMs - serverNowMs);
}

function seconds(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) * 1_000 : undefined;
}
