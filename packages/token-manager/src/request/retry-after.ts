import { sanitize } from '@worker-auth/internal/network';
import { httpDateMs } from './server-time.ts';

/** Smaller numbers in a reset header are seconds from now; no server counts an epoch that is this young. */
const epochThresholdSeconds = 1_000_000_000;

/**
 * How long a rejection asks the client to stay away, in milliseconds, or `undefined` when it does not say. First of these that does:
 *
 * - `Retry-After`: seconds, or an HTTP date (RFC 9110 section 10.2.3).
 * - Of a 429 alone, since other responses have them too: `RateLimit` with `RateLimit-Policy`, in the forms of all drafts (draft-ietf-httpapi-ratelimit-headers),
 *   and `Auth0-Client-Quota-Limit`.
 * - Of a 429: `RateLimit-Reset`, `X-RateLimit-Reset` (Auth0) and `X-Rate-Limit-Reset` (Okta): seconds from now, or the second of the epoch.
 *
 * Moments are compared with the server's own `Date` header when there is one: its clock need not agree with ours.
 *
 * @param wallNowMs the host's wall clock, milliseconds since the epoch
 */
export function retryAfterMs(status: number, headers: Headers, wallNowMs: number): number | undefined {
  const serverNowMs = httpDateMs(headers.get('date')) ?? wallNowMs;
  const until = (momentMs: number | undefined): number | undefined =>
    momentMs === undefined ? undefined : Math.max(0, momentMs - serverNowMs);
  const retryAfter = headers.get('retry-after') ?? '';
  const askedMs = seconds(retryAfter) ?? until(httpDateMs(retryAfter));
  if (askedMs !== undefined || status !== 429) return askedMs;
  const limitMs = limitEndsInMs(headers);
  if (limitMs !== undefined) return limitMs;
  const [reset = ''] = resetNames.map((name) => headers.get(name)).filter((value) => value !== null);
  const resetMs = seconds(reset);
  return (resetMs ?? 0) < epochThresholdSeconds * 1_000 ? resetMs : until(resetMs);
}

const resetNames = ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'];

const limitNames = ['ratelimit', 'auth0-client-quota-limit', 'auth0-organization-quota-limit'];

/** When the limits that are used up end, of which a header lists several. The window of the policy is the most that it can take. */
function limitEndsInMs(headers: Headers): number | undefined {
  const windows = limitsIn(headers.get('ratelimit-policy'));
  const limits = limitNames.flatMap((name) => limitsIn(headers.get(name)));
  const usedUp = limits.filter(({ left }) => left === 0 || left === undefined);
  const ends = (usedUp.length === 0 ? limits : usedUp).map(
    ({ name, endsIn }) => endsIn ?? windows.find((policy) => policy.name === name)?.window,
  );
  const known = ends.filter((end) => end !== undefined);
  if (known.length > 0) return Math.max(...known) * 1_000;
  // Which of them it was is not said.
  const shortest = Math.min(...windows.map(({ window = Infinity }) => window));
  return shortest === Infinity ? undefined : shortest * 1_000;
}

interface Limit {
  readonly name: string;
  readonly left: number | undefined;
  readonly endsIn: number | undefined;
  readonly window: number | undefined;
}

/** `"default";r=0;t=30`, `b=per_hour;q=10;r=0;t=30`, each with others after a comma; `limit=10, remaining=0, reset=30` is one. */
function limitsIn(header: string | null): readonly Limit[] {
  if (header === null) return [];
  const items = /\breset=/.test(header) ? [header] : header.split(',');
  return items.map((item) => {
    const number = (names: string): number | undefined => {
      const digits = new RegExp(`(?:^|[;,\\s])(?:${names})=(\\d{1,10})(?![\\w.])`).exec(item)?.[1];
      return digits === undefined ? undefined : Number(digits);
    };
    const name = item.split(';')[0]?.trim() ?? '';
    return { name, left: number('r|remaining'), endsIn: number('t|reset'), window: number('w') };
  });
}

/** Names of headers that say how much a client may ask, beside `Retry-After`. */
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
