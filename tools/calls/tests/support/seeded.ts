/** Draws the same for a seed each time. */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  isLikely(chance: number): boolean {
    return this.#next() < chance;
  }

  between(least: number, most: number): number {
    return least + this.#next() * (most - least);
  }

  /** From 0 to 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
