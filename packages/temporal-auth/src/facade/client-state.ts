import type { LoadedClient } from './loaded-client.ts';

/** What a client is doing. */
export type ClientState =
  /** `ended` resolves when nothing is left of a `load()` that failed or was given up. */
  | { readonly kind: 'new'; readonly ended: Promise<unknown> }
  | Loading
  | { readonly kind: 'loaded'; readonly loaded: LoadedClient }
  | { readonly kind: 'closed'; readonly done: Promise<void> };

/** A `load()` under way. */
export interface Loading {
  readonly kind: 'loading';
  readonly giveUp: AbortController;
  readonly done: Promise<void>;
  /** How many callers of `load()` wait for it. */
  waiters: number;
}
