import { sanitize } from '@worker-auth/internal/network';
import { httpDateMs } from './server-time.ts';

/** Smaller numbers in a reset header are seconds from now; no server counts an epoch that is this young. */
const epochThresholdSeconds = 1_000_000_000;

/**
 * How long a refusal asks the client to stay away, in milliseconds, or `undefined` when it does not say.
 *
 * - `Retry-After`: seconds, or an HTTP date (RFC 9110 section 10.2.3).
 * - `X-RateLimit-Reset` (Auth0) and `X-Rate-Limit-Reset` (Okta), of a 429 alone since other responses have them too: the
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

/** Names of headers that say how much a client may ask, beside `Retry-After`: Auth0's and Okta's, and those of draft-ietf-httpapi-ratelimit-headers. */
const limitName = /^(?:x-)?rate-?limit\b|\bquota\b/;

/** Number of headers shown at most. */
const maxLimits = 8;

/** What a 429 says about its limit, as text for an error: ` (retry-after: 60, x-ratelimit-remaining: 0)`; empty for other responses. */
export function describeLimits(status: number, headers: Headers, secrets: readonly string[]): string {
  if (status !== 429) return '';
  const limits = [...headers]
    .filter(([name]) => name === 'retry-after' || limitName.test(name))
    .slice(0, maxLimits)
    .map(([name, value]) => sanitize(`${name}: ${value}`, { secrets, maxLength: 120 }));
  return limits.length === 0 ? '' : ` (${limits.join(', ')})`;
}

function seconds(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) * 1_000 : undefined;
}
