/** Milliseconds since the epoch, by the clock that a server is given, else by the host's. */
export function wallClockOf({ clock }: { readonly clock?: { wallNow(): number } | undefined }): () => number {
  return clock === undefined ? () => Date.now() : () => clock.wallNow();
}
