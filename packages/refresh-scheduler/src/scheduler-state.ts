/** What a scheduler is doing. Told apart by `kind`. */
export type RefreshSchedulerState =
  /** Not started, and no renewal runs. */
  | { readonly kind: 'idle' }
  /** Waits until the lease is due. */
  | { readonly kind: 'scheduled'; readonly nextAttemptInMs: number }
  /** A renewal runs: the first attempt or a later one. */
  | { readonly kind: 'renewing'; readonly attempt: number; readonly reason: string | undefined }
  /** The last `attempt` attempts have failed; waits for the next. */
  | {
      readonly kind: 'backing-off';
      readonly attempt: number;
      readonly nextAttemptInMs: number;
      readonly error: unknown;
    }
  /** Stopped for good. */
  | { readonly kind: 'stopped' };
