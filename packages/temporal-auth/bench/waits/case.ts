/** A figure that must not be above its bar. */
export interface Bar {
  readonly what: string;
  readonly figure: number;
  readonly most: number;
}

/** What a case came to: a line of its table, and its bars. */
export interface Verdict {
  readonly cells: readonly string[];
  readonly bars: readonly Bar[];
}

/** One line of the page. */
export interface Case {
  readonly title: string;
  /** How many worlds are enough for the test; the page has more. */
  readonly seeds: number;
  /** Whether the seeds are processes of one world. */
  readonly isFleet?: boolean;
  readonly judge: (seeds: number) => Promise<Verdict>;
}

/** The seeds from 1 to `count`. */
export function seedsTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
