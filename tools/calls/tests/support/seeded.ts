/** Whether these are the soak tests. */
export const isSoak = ['soak', 'all'].includes(process.env['TEST_RING'] ?? '');

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

/**
 * The seeds of the worlds that a run plays: 1 to `count` in the soak tests, else a tenth of them that begins anywhere, which it says, so that
 * `TEST_SEED` repeats it. A mutant meets the first few.
 */
export function worldSeeds(count: number): readonly number[] {
  const { STRYKER_MUTATOR_WORKER: mutant, TEST_SEED: seed } = process.env;
  const isFixed = mutant !== undefined;
  const first = Number(seed ?? (isFixed || isSoak ? 1 : 1 + Math.floor(Math.random() * 1e6)));
  console.log(`Worlds from TEST_SEED=${first} on`);
  return Array.from(
    { length: isSoak && !isFixed ? count : Math.ceil(count / 10) },
    (_, index) => first + index,
  );
}
