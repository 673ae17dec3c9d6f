import type { Clock } from '@worker-auth/inlined';
import type { TokenManagerEvents } from '@worker-auth/token-manager';
import type { ClientHealth } from './client-health.ts';

/** So many are kept. */
const maxRenewals = 10;

/** Whose health is shown: a `TemporalWorkflowClient`, the plugin of `temporalAuth()`. */
export interface HealthSource {
  health(): ClientHealth;
  /** @returns ends the subscription */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void;
}

/** One attempt to get a token. */
export type Renewal =
  | { readonly kind: 'renewed'; readonly at: Date; readonly tokenNumber: number; readonly lifetimeMs: number }
  | { readonly kind: 'failed'; readonly at: Date; readonly attempt: number; readonly retryInMs: number };

/** The last renewals of a client's token, from the moment on that this is made. */
export class RecentRenewals {
  #renewals: readonly Renewal[] = [];

  constructor(source: HealthSource, clock: Clock) {
    const now = (): Date => new Date(clock.wallNow());
    source.on('tokenRefreshed', ({ tokenNumber, lifetimeMs }) => {
      this.#add({ kind: 'renewed', at: now(), tokenNumber, lifetimeMs });
    });
    // Its error is not made fit to be shown: the last one that is stands in the health.
    source.on('refreshFailed', ({ attempt, retryInMs }) => {
      this.#add({ kind: 'failed', at: now(), attempt, retryInMs });
    });
  }

  /** The newest first; ten at most. */
  get list(): readonly Renewal[] {
    return this.#renewals;
  }

  #add(renewal: Renewal): void {
    this.#renewals = [renewal, ...this.#renewals].slice(0, maxRenewals);
  }
}
