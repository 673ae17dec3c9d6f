import type { TokenSource } from '@worker-auth/ports';
import { check } from '../checks.ts';
import type { Random } from '../random.ts';

const manners = [
  'plain',
  'throws',
  'rejects',
  'never settles',
  'leaves',
  'calls back',
  'comes twice',
  'comes again',
] as const;
/** A source that calls those who come while it publishes would go on for ever. */
const maxCalls = 4;

/** A listener of a course: how it behaves, and what it was called with. */
export class CourseListener {
  readonly manner: (typeof manners)[number];
  readonly #ends: (() => void)[] = [];
  #received: string[] = [];
  #times = 0;

  static of(random: Random, source: TokenSource): CourseListener {
    return new CourseListener(random.pick(manners), source);
  }

  constructor(manner: (typeof manners)[number], source: TokenSource) {
    this.manner = manner;
    const listener = (token: string): unknown => {
      this.#received.push(token);
      if (manner === 'throws') throw new Error('a listener failed');
      if (manner === 'rejects') return Promise.reject(new Error('a listener rejected'));
      if (manner === 'never settles') return new Promise(() => undefined);
      if (manner === 'leaves') this.end();
      if (manner === 'comes again' && this.#received.length < maxCalls && this.end())
        this.#ends.push(source.subscribe(listener));
      if (manner === 'calls back' && this.#received.length === 1) source.getToken().catch(() => undefined);
      return undefined;
    };
    this.#ends.push(source.subscribe(listener));
    if (manner === 'comes twice') this.#ends.push(source.subscribe(listener));
  }

  /** Whether it has no subscription any more. */
  get hasEnded(): boolean {
    return this.#ends.length === 0;
  }

  /** Ends a subscription: of one who came twice, the one. */
  end(): boolean {
    const end = this.#ends.pop();
    end?.();
    // Once more is harmless.
    end?.();
    return end !== undefined;
  }

  /** Begins to count. */
  begin(): void {
    this.#received = [];
    this.#times = this.#ends.length;
  }

  /** @throws AssertionError unless it was called with these, as often as it had come */
  check(tokens: readonly string[]): void {
    const expected = tokens.flatMap((token) => Array.from({ length: this.#times }, () => token));
    const received = this.#received;
    check(
      received.length === expected.length && expected.every((token, index) => token === received[index]),
      `A listener (${this.manner}) was called ${received.length} times in place of ${expected.length}, or not with the new token`,
    );
  }
}
