import type { Clock } from '@worker-auth/inlined';
import { hostFetch } from '@worker-auth/inlined/network';
import type { FetchLike } from '@worker-auth/token-manager';

/** What the last answer of the token endpoint told beside its body. */
export interface ObservedAnswer {
  readonly status: number;
  /** By how much this host's clock is ahead of the server's, in milliseconds; `undefined` when the answer does not tell. */
  readonly hostAheadMs: number | undefined;
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
      last = undefined;
      const sentMs = clock.wallNow();
      const response = await send(url, init);
      last = { status: response.status, hostAheadMs: hostAheadMs(response, sentMs, clock.wallNow()) };
      return response;
    },
    last: () => last,
  };
}

/** By the middle of the exchange; `Date` counts whole seconds and cuts off the rest. */
function hostAheadMs(response: Response, sentMs: number, receivedMs: number): number | undefined {
  const date = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : (sentMs + receivedMs) / 2 - (date + 500);
}
