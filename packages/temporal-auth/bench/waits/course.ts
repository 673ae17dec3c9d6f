/** What a client did, and when it had a token, in milliseconds from the start of its world. */
export class Course {
  readonly requestedAtMs: number[] = [];
  readonly #tokens: (readonly [fromMs: number, toMs: number])[] = [];

  /** A token came that ends at `toMs`. */
  give(fromMs: number, toMs: number): void {
    this.#tokens.push([fromMs, toMs]);
  }

  /** When the first token after `atMs` came; infinite without one. */
  tokenAfter(atMs: number): number {
    return this.#tokens.find(([fromMs]) => fromMs >= atMs)?.[0] ?? Infinity;
  }

  /** Number of requests from `fromMs` until `toMs`. */
  requestsIn(fromMs: number, toMs: number): number {
    return this.requestedAtMs.filter((atMs) => fromMs <= atMs && atMs < toMs).length;
  }

  /** Share of the time until `endMs` without a token. */
  withoutShare(endMs: number): number {
    let [goodMs, doneMs] = [0, 0];
    for (const [fromMs, toMs] of this.#tokens) {
      goodMs += Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, doneMs));
      doneMs = Math.max(doneMs, toMs);
    }
    return 1 - goodMs / endMs;
  }
}
