import type { GetTokenOptions, TokenManagerEvents, TokenSource } from '@worker-auth/token-manager';

/** Options of {@link TemporalTokens.getToken}. */
export interface TimedTokenOptions extends GetTokenOptions {
  /** How long the caller waits, in milliseconds, so that the credentials are waited for no longer. Default: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/** Tokens for the calls to Temporal, wherever they come from. */
export interface TemporalTokens extends TokenSource {
  /** The tokens that no message may show. */
  readonly activeTokens: readonly string[];
  getToken(options?: TimedTokenOptions): Promise<string>;
  /** Whether the source says that Temporal is reached over TLS. */
  readonly tlsEnabled?: boolean | undefined;
  /** Keeps them fresh in the background from now on. Not there where the source does that itself. */
  start?(): void;
  /** Ends that, for good. */
  stop?(): Promise<void>;
  /** Calls `listener` with each event of the kind; returns the function that ends this. Not there where the source has no events. */
  on?<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void;
}
