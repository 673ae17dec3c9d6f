/**
 * The moment at which something ends, out of what is left of it: an absolute time stays true when nobody works it out anew, and stays where it
 * is when it has passed.
 */
export class Expiration {
  #atMs: number | undefined;

  /**
   * @param expiresInMs what is left, in milliseconds; 0 or less when it is over, `undefined` when there is nothing to end
   * @param nowMs since the Unix epoch
   * @returns seconds since the Unix epoch
   */
  at(expiresInMs: number | undefined, nowMs: number): number | undefined {
    if (expiresInMs === undefined) this.#atMs = undefined;
    // Of a token that is over nothing more is known than that.
    else if (expiresInMs !== 0 || this.#atMs === undefined) this.#atMs = nowMs + expiresInMs;
    return this.#atMs === undefined ? undefined : Math.round(this.#atMs / 1_000);
  }
}
