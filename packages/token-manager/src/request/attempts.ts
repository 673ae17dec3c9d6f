import type { TokenBudget } from '@worker-auth/internal';
import type { BackoffPolicy, Clock, Lease, RefreshPolicy } from '@worker-auth/refresh-scheduler';
import type { TokenManagerEvents } from '../events.ts';

/** A token, with the source of it or of its credentials. */
export interface ObtainedToken {
  readonly token: string;
  readonly credentialsSource: string | undefined;
  /** By how much the host's clock is ahead of the server's, in milliseconds; `undefined` when it is not known. */
  readonly hostAheadMs?: number | undefined;
  /** The scopes that were asked for and not granted. */
  readonly missingScopes?: readonly string[] | undefined;
}

/** Where tokens come from: single attempts, of which at most one runs at a time. */
export interface Attempts {
  /** One attempt. @throws what it failed with, or the signal's reason */
  obtain(signal: AbortSignal): Promise<Lease<ObtainedToken>>;
  /** When the next attempt is to be made after `error`, in milliseconds; `undefined`: the backoff decides. */
  retryInMs(error: unknown): number | undefined;
  /** Forgets what was remembered for the next attempt. */
  invalidate(): void;
  /** What requests for other tokens than a good one draw from; `undefined`: they cost nobody anything. */
  readonly budget: TokenBudget | undefined;
  /** What is said of an attempt that gave the token again that somebody rejected. */
  readonly unchangedMessage: string;
}

/** What happens within an attempt. */
type AttemptEventName = 'credentialsRead' | 'credentialsRejected' | 'tokenRequested';

/** What {@link Attempts} report and ask. */
export interface AttemptsHooks {
  report<K extends AttemptEventName>(name: K, event: TokenManagerEvents[K]): void;
  /** Tokens handed out and not yet over, which no error may show. */
  readonly activeTokens: () => readonly string[];
}

/** When a token is refreshed, checked and with defaults. */
export interface RefreshSettings {
  readonly attemptTimeoutMs: number;
  readonly policy: RefreshPolicy;
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: () => number;
}
