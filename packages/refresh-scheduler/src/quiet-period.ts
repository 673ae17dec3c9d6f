import { type Clock, elapsedMs, readInstant } from '@worker-auth/internal';

/** The time for which a server asked not to be called (`Retry-After`): who replaces the schedule hands it on. */
export interface QuietPeriod {
  /** What said so. */
  readonly error: unknown;
  /** Milliseconds until it has ended; 0 or less when it is. */
  readonly endsInMs: number;
}

/** A quiet period of `durationMs` from now on. */
export function quietPeriod(error: unknown, durationMs: number, clock: Clock): QuietPeriod {
  const since = readInstant(clock);
  return {
    error,
    get endsInMs() {
      return durationMs - elapsedMs(clock, since);
    },
  };
}
