import type { Clock } from '@worker-auth/inlined';
import { hostFetch } from '@worker-auth/inlined/network';
import type { FetchLike } from '@worker-auth/token-manager';
import { dateMs, decodeJwt, type DecodedJwt } from '../errors/jwt.ts';

/** What the last exchange with the token endpoint said beside its token. */
export interface ObservedAnswer {
  readonly url: URL;
  readonly sentMs: number;
  /** `undefined` when there was no answer. */
  readonly status?: number;
  /** By how much this host's clock is ahead of the server's, in milliseconds; `undefined` when the answer does not tell. */
  readonly hostAheadMs?: number | undefined;
  /** The client assertion of the request. */
  readonly assertion: DecodedJwt | undefined;
}

/** A `fetch` that remembers how it was answered. */
export interface ObservedFetch {
  readonly fetch: FetchLike;
  readonly last: () => ObservedAnswer | undefined;
}

/** @param given default what the token manager uses */
export function observedFetch(given: FetchLike | undefined, clock: Clock): ObservedFetch {
  let last: ObservedAnswer | undefined;
  const send = given ?? (hostFetch as FetchLike);
  return {
    fetch: async (url, init) => {
      const sentMs = clock.wallNow();
      const form = new URLSearchParams(typeof init.body === 'string' ? init.body : '');
      const assertion = decodeJwt(form.get('client_assertion') ?? '');
      last = { url: new URL(url), sentMs, assertion };
      const response = await send(url, init);
      const hostAheadMs = aheadMs(response, sentMs, clock.wallNow());
      last = { ...last, status: response.status, hostAheadMs };
      return response;
    },
    last: () => last,
  };
}

/** By the middle of the exchange; `Date` counts whole seconds and cuts off the rest. */
function aheadMs(response: Response, sentMs: number, receivedMs: number): number | undefined {
  const date = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : (sentMs + receivedMs) / 2 - (date + 500);
}

/** The same by the token, for a server that sends no `Date`: one that is made later than now, or over already. Others may be of a cache. */
export function aheadOfToken({ claims }: DecodedJwt, sentMs: number): number | undefined {
  const [madeMs, expMs = Infinity] = [dateMs(claims['iat']), dateMs(claims['exp'])];
  const isTelling = madeMs !== undefined && (madeMs > sentMs || expMs < sentMs);
  return isTelling ? sentMs - madeMs : undefined;
}
