import { seededRandom } from '@worker-auth/workspace/seeded-random';

/** Random numbers that are the same for the same seed. */
export class Random {
  /** From 0 to below 1. */
  readonly next: () => number;

  /** @param seed a whole number */
  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** @throws RangeError when there is nothing to choose from */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('There is nothing to choose from');
    return item;
  }
}
