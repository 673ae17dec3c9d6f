import type { TokenSource } from '@worker-auth/token-manager';

/** Tokens for the calls to Temporal, wherever they come from. */
export interface TemporalTokens extends TokenSource {
  /** The tokens that no message may show. */
  readonly living: readonly string[];
  /** Whether whoever gave them says that Temporal is reached over TLS. */
  readonly tlsEnabled: boolean | undefined;
  /** Keeps them fresh in the background from now on. */
  start(): void;
}
