/** Something that a proxy keeps for its callers, and how much of it there may be. */
export class Pool {
  used = 0;
  readonly max: number;
  readonly #shares = new WeakMap<object, Share>();

  constructor(max: number) {
    this.max = max;
  }

  /** @param connection of the caller */
  of(connection: object): Share {
    const share = this.#shares.get(connection) ?? new Share(this);
    this.#shares.set(connection, share);
    return share;
  }
}

/**
 * What one connection has of a pool: never more than is left for the others. So one alone has half of all at most, and there is always something for
 * a new one.
 */
export class Share {
  /** Its connection has ended. */
  isOver = false;
  readonly #pool: Pool;
  #used = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Returns whether there was so much for it. */
  take(amount: number): boolean {
    const left = this.#pool.max - this.#pool.used - amount;
    if (this.#used + amount > left) return false;
    this.give(-amount);
    return true;
  }

  give(amount: number): void {
    this.#used -= amount;
    this.#pool.used -= amount;
  }
}
