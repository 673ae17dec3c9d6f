import type { Clock } from '@worker-auth/ports';

/** The host's time. Its timers do not keep the process alive. */
export const hostClock: Pick<Clock, 'wallNow' | 'startTimer'> = {
  wallNow: () => Date.now(),
  startTimer(callback, delayMs) {
    const handle = setTimeout(callback, delayMs).unref();
    return {
      cancel: () => {
        clearTimeout(handle);
      },
    };
  },
};

/** Milliseconds since the epoch, by the clock that a server is given, else by the host's. */
export function wallClockOf({
  clock = hostClock,
}: {
  readonly clock?: Pick<Clock, 'wallNow'> | undefined;
}): () => number {
  return () => clock.wallNow();
}
