import { performance } from 'node:perf_hooks';
import { explained, stepsOf } from './contract-case.ts';
import { Random } from './random.ts';

const rounds = 100;
/** A course ends here on a machine that is slow, within the patience of its case. In milliseconds. */
const maxMs = 1_000;

/**
 * A random course of events against a model, the same at each run. What came of each round is compared at its end; a failure names the
 * steps of its round.
 */
export class Course {
  readonly #random: Random;
  #steps: string[] = [];
  round = 0;

  /** @param fixture of the case, which names the steps when its patience ends */
  constructor(seed: number, fixture: object) {
    this.#random = new Random(seed);
    stepsOf.set(fixture, () => this.#text);
  }

  /** Notes what happens next. */
  step(what: string): void {
    this.#steps.push(what);
  }

  /** The newest step. */
  get last(): string {
    return this.#steps.at(-1) ?? '';
  }

  get #text(): string {
    return `The steps before, whose calls run at the same time: ${this.#steps.join('; ')}`;
  }

  async run(body: (course: Course, random: Random) => Promise<void>): Promise<void> {
    const beginMs = performance.now();
    for (; this.round < rounds && performance.now() - beginMs < maxMs; this.round++) {
      this.#steps = [];
      await explained(
        () => body(this, this.#random),
        () => this.#text,
      );
    }
  }
}

/** What became of a call. */
export type Settled<T> = { readonly value: T } | { readonly reason: unknown };

export function settled<T>(call: Promise<T>): Promise<Settled<T>> {
  return call.then(
    (value) => ({ value }),
    (reason: unknown) => ({ reason }),
  );
}
