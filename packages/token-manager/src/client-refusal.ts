import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/refresh-scheduler';
import type { RequestCredentials } from './credential-reader.ts';

/**
 * Waits before the same credentials are sent again: 1, 2, 4, 8 and 15 s after the first refusal, then each 30 s. A client that asks
 * more often costs the server, and counts towards a lock-out.
 */
const waitsMs: readonly number[] = [1_000, 1_000, 2_000, 4_000, 7_000];

const lastWaitMs = 30_000;

/** The server does not accept these credentials: when they may be sent again. */
export class ClientRefusal {
  readonly credentials: RequestCredentials;
  /** What the server's refusal was turned into. */
  readonly error: unknown;
  readonly #clock: Clock;
  readonly #since: Instant;
  readonly #count: number;

  /** @param before the refusal before this one, of whatever credentials: a store may give others at each look */
  constructor(
    credentials: RequestCredentials,
    error: unknown,
    clock: Clock,
    before: ClientRefusal | undefined,
  ) {
    this.credentials = credentials;
    this.error = error;
    this.#clock = clock;
    this.#since = readInstant(clock);
    this.#count = before === undefined ? 0 : before.#count + 1;
  }

  /** Whether it is these credentials that were refused. */
  isOf(credentials: RequestCredentials): boolean {
    const refused = this.credentials;
    return (
      ['clientId', 'clientSecret', 'clientAssertion', 'clientAssertionType', 'tokenUrl'] as const
    ).every((field) => credentials[field] === refused[field]);
  }

  /** Milliseconds until the credentials may be sent again; 0 or less when they may. */
  get nextRequestInMs(): number {
    const waitMs = waitsMs[this.#count] ?? lastWaitMs;
    return waitMs - elapsedMs(this.#clock, this.#since);
  }
}
