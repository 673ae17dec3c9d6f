import {
  backoffDelay,
  type Clock,
  elapsedMs,
  type Instant,
  readInstant,
} from '@worker-auth/refresh-scheduler';
import type { RequestCredentials } from './credential-reader.ts';

/** No wait before the same credentials are sent again is longer. A client that asks more often costs the server, and counts towards a lock-out. */
const backoff = { maxWithoutLeaseMs: 30_000 };

/** The server does not accept these credentials: when they may be sent again. */
export class ClientRejection {
  readonly credentials: RequestCredentials;
  /** What the server's rejection was turned into. */
  readonly error: unknown;
  readonly #clock: Clock;
  readonly #since: Instant;
  readonly #attempt: number;
  readonly #waitMs: number;

  /** @param before the rejection before this one, of whatever credentials: a store may give others at each look */
  constructor(
    credentials: RequestCredentials,
    error: unknown,
    clock: Clock,
    before: ClientRejection | undefined,
  ) {
    this.credentials = credentials;
    this.error = error;
    this.#clock = clock;
    this.#since = readInstant(clock);
    this.#attempt = before === undefined ? 1 : before.#attempt + 1;
    this.#waitMs = backoffDelay({ attempt: this.#attempt, leaseRemainingMs: 0 }, backoff, () => 1);
  }

  /** Whether it is these credentials that were rejected. */
  isOf(credentials: RequestCredentials): boolean {
    const rejected = this.credentials;
    return (
      ['clientId', 'clientSecret', 'clientAssertion', 'clientAssertionType', 'tokenUrl'] as const
    ).every((field) => credentials[field] === rejected[field]);
  }

  /** Milliseconds until the credentials may be sent again; 0 or less when they may. */
  get nextRequestInMs(): number {
    return this.#waitMs - elapsedMs(this.#clock, this.#since);
  }
}
