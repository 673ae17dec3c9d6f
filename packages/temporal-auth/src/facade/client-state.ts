import type { ClientHealth } from '../health/client-health.ts';
import type { LoadedClient } from './loaded-client.ts';

/** What a client is doing. */
export type ClientState =
  /** `ended` resolves when nothing is left of a `load()` that failed or was given up. */
  | { readonly kind: 'new'; readonly ended: Promise<unknown> }
  | Loading
  | { readonly kind: 'loaded'; readonly loaded: LoadedClient }
  | Closed;

/** A `load()` under way. */
export interface Loading {
  readonly kind: 'loading';
  readonly giveUp: AbortController;
  readonly done: Promise<void>;
  /** How many callers of `load()` wait for it. */
  waiters: number;
}

/** `close()` was called. */
export interface Closed {
  readonly kind: 'closed';
  readonly done: Promise<void>;
  /** What is being ended; `undefined` once it is over. */
  ending: Exclude<ClientState, { kind: 'closed' }> | undefined;
}

/** The word of `health()` for what a client is doing, and what it has of workers. */
export function shownState(state: ClientState): {
  readonly state: ClientHealth['state'];
  readonly loaded: LoadedClient | undefined;
} {
  if (state.kind === 'closed' && state.ending !== undefined)
    return { ...shownState(state.ending), state: 'closing' };
  return { state: state.kind, loaded: state.kind === 'loaded' ? state.loaded : undefined };
}
