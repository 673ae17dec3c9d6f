/** The host's time. Its timers do not keep the process alive. */
export const hostClock = {
  wallNow: (): number => Date.now(),
  startTimer(callback: () => void, delayMs: number): { cancel(): void } {
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
  readonly clock?: { wallNow(): number } | undefined;
}): () => number {
  return () => clock.wallNow();
}
